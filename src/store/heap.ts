/** A binary heap: the entry that comes first by `before` is always at hand. Adding and taking cost O(log n). */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean
  readonly #entries: T[] = []

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get first(): T | undefined {
    return this.#entries[0]
  }

  add(entry: T): void {
    const entries = this.#entries
    let at = entries.length
    entries.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(entry, entries[parent] as T)) break
      entries[at] = entries[parent] as T
      at = parent
    }
    entries[at] = entry
  }

  take(): T | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && this.#before(entries[child + 1] as T, entries[child] as T)) child += 1
      if (!this.#before(entries[child] as T, last)) break
      entries[at] = entries[child] as T
      at = child
    }
    entries[at] = last
    return first
  }
}
