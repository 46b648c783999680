/**
 * Partitions with records that must be alone in work. 1. While one has the turn, no other begins anything. 2. It has the turn until such
 * a record of it has ended, or it begins nothing more.
 */
export class Turns<Partition extends object> {
  readonly #waiting = new Set<Partition>()
  /** Whether nothing of any partition is in work. */
  readonly isAtRest: () => boolean

  constructor(isAtRest: () => boolean) {
    this.isAtRest = isAtRest
  }

  get isTaken(): boolean {
    return this.#waiting.size > 0
  }

  get first(): Partition | undefined {
    return this.#waiting.values().next().value
  }

  waitFor(partition: Partition): void {
    this.#waiting.add(partition)
  }

  over(partition: Partition): void {
    this.#waiting.delete(partition)
  }
}
