/** An entry of a `LinkedList`; only the list writes these. */
export interface Linked<Entry> {
  before: Entry | undefined
  after: Entry | undefined
}

/**
 * Entries in the order they were added, linked through themselves, so that one comes and goes at the price of a few writes.
 * 1. What was taken out links to nothing: else one old entry would keep all later ones in memory.
 */
export class LinkedList<Entry extends Linked<Entry>> {
  #first: Entry | undefined
  #last: Entry | undefined

  get first(): Entry | undefined {
    return this.#first
  }

  add(entry: Entry): void {
    this.#join(this.#last, entry)
    this.#last = entry
  }

  remove(entry: Entry): void {
    this.#join(entry.before, entry.after)
    cut(entry)
  }

  /** `by` stands where `entry` stood. */
  replace(entry: Entry, by: Entry): void {
    const { before, after } = entry
    this.#join(before, by)
    this.#join(by, after)
    cut(entry)
  }

  /** The first ones that fit, no more than `limit`. */
  take(fits: (entry: Entry) => boolean, limit: number): Entry[] {
    const entries: Entry[] = []
    for (let entry = this.#first; entry !== undefined && entries.length < limit; entry = entry.after) {
      if (fits(entry)) entries.push(entry)
    }
    return entries
  }

  #join(before: Entry | undefined, after: Entry | undefined): void {
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
  }
}

function cut<Entry extends Linked<Entry>>(entry: Entry): void {
  entry.before = undefined
  entry.after = undefined
}
