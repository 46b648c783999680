/** Of messages that fail, every tenth fails, once. */
const FAILS_EVERY = 10

/** Knows how often each message has run: 1. in the end once, or twice where it fails once; 2. anything else is an error. */
export class Ledger {
  readonly #runs: Uint8Array
  readonly #failing: boolean

  constructor(messages: number, failing: boolean) {
    this.#runs = new Uint8Array(messages)
    this.#failing = failing
  }

  /** Counts one run of message `n`; throws where this run is the one that fails. */
  ran(n: number): void {
    const runs = (this.#runs[n] ?? 0) + 1
    this.#runs[n] = runs
    if (this.#failing && runs === 1 && n % FAILS_EVERY === 0) throw new Error('not yet')
  }

  /** Throws where one of the first `count` messages was lost or doubled, and forgets all runs. */
  close(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const due = this.#failing && n % FAILS_EVERY === 0 ? 2 : 1
      if (this.#runs[n] !== due) throw new Error(`message ${n} ran ${this.#runs[n]} times, not ${due}`)
    }
    this.#runs.fill(0)
  }
}
