import { PLACES } from './subject.ts'

/**
 * The bound of a sender whose queue has none. Between two turns: 1. at most PLACES are taken; 2. one sender waits, and only
 * after all were taken; 3. it is woken when half are free again, which is faster than at the first free one.
 */
export class Places {
  #taken = 0
  #wake: (() => void) | undefined
  #ended: (() => void) | undefined

  /** Takes a place. Answers with a promise only where there is none: a peer's caller pays for an await only when full. */
  take(): Promise<void> | undefined {
    this.#taken += 1
    if (this.#taken <= PLACES) return undefined
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  readonly give = (): void => {
    this.#taken -= 1
    if (this.#wake !== undefined && this.#taken <= PLACES / 2) {
      const wake = this.#wake
      this.#wake = undefined
      wake()
    }
    if (this.#taken === 0 && this.#ended !== undefined) this.#ended()
  }

  /** Resolves when every place is free. */
  allFree(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#ended = () => {
        this.#ended = undefined
        resolve()
      }
    })
  }
}
