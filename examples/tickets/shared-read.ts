import { type Clock, systemClock } from '../../src/index.ts'

export interface SharedReadOptions {
  /** A read that takes longer is given up. */
  readonly timeoutMs: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** One read, under way or about to be. */
interface Read<T> {
  readonly answer: PromiseWithResolvers<T>
  readonly giveUp: AbortController
  /** How many asked and have not left. */
  asking: number
}

/**
 * One read for many who ask at about the same time.
 * 1. Who asks gets a read that begins after that: one under way may already be past the place where something was written
 *    since it began. 2. At most one read is under way; at most one more waits for it to end. 3. A read that nobody waits for
 *    is given up.
 */
export class SharedRead<T> {
  readonly #read: (signal: AbortSignal) => Promise<T>
  readonly #timeoutMs: number
  readonly #clock: Clock
  #running: Read<T> | undefined
  #next: Read<T> | undefined

  /** `read` must settle soon after its signal was aborted. */
  constructor(read: (signal: AbortSignal) => Promise<T>, { timeoutMs, clock = systemClock }: SharedReadOptions) {
    this.#read = read
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** What a read found that began after this call, or its error. An aborted signal ends the wait, with its reason. */
  async ask(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    this.#next ??= { answer: Promise.withResolvers(), giveUp: new AbortController(), asking: 0 }
    const read = this.#next
    const { promise: left, reject } = Promise.withResolvers<never>()
    const leave = (): void => {
      reject(signal.reason)
      read.asking -= 1
      if (read.asking === 0) this.#abandon(read)
    }
    signal.addEventListener('abort', leave, { once: true })
    read.asking += 1
    if (this.#running === undefined) void this.#run()
    try {
      return await Promise.race([read.answer.promise, left])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  /** Reads until nobody asks. */
  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const read = this.#next
      this.#next = undefined
      this.#running = read
      await this.#answer(read)
    }
    this.#running = undefined
  }

  async #answer({ answer, giveUp }: Read<T>): Promise<void> {
    const tooLate = new DOMException(`the read had ${this.#timeoutMs} ms and did not end`, 'TimeoutError')
    const cut = this.#clock.after(this.#timeoutMs, () => giveUp.abort(tooLate))
    try {
      answer.resolve(await this.#read(giveUp.signal))
    } catch (error) {
      answer.promise.catch(() => {}) // Everyone who asked may have left.
      answer.reject(error)
    } finally {
      cut.cancel()
    }
  }

  #abandon(read: Read<T>): void {
    if (this.#next === read) this.#next = undefined
    else read.giveUp.abort(new DOMException('nobody waits for the read', 'AbortError'))
  }
}
