/** Counts what is done. */
export class Tally {
  #count = 0
  #wanted = Number.POSITIVE_INFINITY
  #reached: () => void = () => {}

  add(count = 1): void {
    this.#count += count
    if (this.#count >= this.#wanted) this.#reached()
  }

  /** Resolves once there are so many, also when there are more: the ledger finds those. For one who waits at a time. */
  reached(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wanted = count
    this.#reached = resolve
    this.add(0)
    return promise
  }
}
