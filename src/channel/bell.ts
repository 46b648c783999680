/**
 * Wakes a loop that rests.
 * 1. A ring while nobody sleeps is kept for the next sleep. 2. Many rings before one sleep are one ring.
 */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined
  #listeners: readonly (() => void)[] = []

  ring(): void {
    for (const listener of this.#listeners) listener()
    const wake = this.#wake
    if (wake === undefined) {
      this.#rung = true
      return
    }
    this.#wake = undefined
    wake()
  }

  get isHeard(): boolean {
    return this.#listeners.length > 0
  }

  /** Calls `listener` at every ring, at once; returns what ends that. */
  onRing(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  /** Resolves at the next ring, or at once where one was kept. One sleeper at a time. */
  sleep(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#rung) {
        this.#rung = false
        resolve()
      } else {
        this.#wake = resolve
      }
    })
  }
}
