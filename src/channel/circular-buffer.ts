/** Places at first; a power of two, as every later number of places is. */
const FIRST_PLACES = 16

/**
 * First in, first out, in a ring of places.
 * 1. The places double when all are taken, and never before. 2. A place keeps nothing of what was shifted out of it.
 */
export class CircularBuffer<T> {
  #places: (T | undefined)[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(value: T): void {
    if (this.#size === this.#places.length) this.#grow()
    this.#places[(this.#head + this.#size) & (this.#places.length - 1)] = value
    this.#size += 1
  }

  /** The oldest value, or undefined where there is none: ask `size` first where undefined can be a value. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const value = this.#places[this.#head]
    this.#places[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#places.length - 1)
    this.#size -= 1
    return value
  }

  #grow(): void {
    const taken = this.#places
    const places = Array.from<T | undefined>({ length: Math.max(FIRST_PLACES, taken.length * 2) })
    for (let index = 0; index < taken.length; index += 1) {
      places[index] = taken[(this.#head + index) & (taken.length - 1)]
    }
    this.#places = places
    this.#head = 0
  }
}
