import { memoryUsage } from 'node:process'

/** Samples of one run. */
const SAMPLES = 100
/** Where in a call of 100 a sample is taken: in the middle, when a call's messages are all kept. */
const OFFSET = 50

/**
 * The most that the heap held, beyond what it held when this was made. Each sample first collects all garbage, inside a handler
 * in the middle of the run: what counts is what is held on to, not when the collector last came by. That costs far more than
 * the messages do, so the run that is sampled is not the run that is timed; the resident set of the timed run shows the garbage.
 */
export class HeapPeak {
  readonly #collect: () => void
  readonly #every: number
  readonly #baseBytes: number
  #peakBytes = 0

  constructor(messages: number) {
    const collect = globalThis.gc
    if (collect === undefined) throw new Error('the heap could not be measured: start node with --expose-gc')
    this.#collect = () => {
      collect()
    }
    this.#every = Math.max(OFFSET * 2, Math.floor(messages / SAMPLES / 100) * 100)
    this.#baseBytes = this.#heldBytes()
    this.#peakBytes = this.#baseBytes
  }

  get growthMb(): number {
    return (this.#peakBytes - this.#baseBytes) / 2 ** 20
  }

  /** Called from the handler of each message. */
  ran(n: number): void {
    if (n % this.#every === OFFSET) this.#peakBytes = Math.max(this.#peakBytes, this.#heldBytes())
  }

  #heldBytes(): number {
    this.#collect()
    return memoryUsage().heapUsed
  }
}
