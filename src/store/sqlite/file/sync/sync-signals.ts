const STATE = 0
const ANSWERS = 1
const ERRNO = 2
const WORDS = 3

/** What the thread has to do. */
const IDLE = 0
const ASKED = 1
const SYNCING = 2
const CLOSING = 3

/**
 * What a store and its sync thread tell each other, through memory that both see: the quickest way to wake the other, and what the
 * thread did last is still there when it has died.
 */
export class SyncSignals {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array<SharedArrayBuffer>

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  /** Whether a sync has begun that was not answered yet. */
  get isSyncing(): boolean {
    return Atomics.load(this.#words, STATE) === SYNCING
  }

  /**
   * Resolves with the errno of a sync that began after this was called, 0 for a good one; undefined where the thread has ended
   * without an answer. To be called again only then.
   */
  async ask(): Promise<number | undefined> {
    const answers = Atomics.load(this.#words, ANSWERS)
    Atomics.store(this.#words, STATE, ASKED)
    Atomics.notify(this.#words, STATE)
    await Atomics.waitAsync(this.#words, ANSWERS, answers).value
    return Atomics.load(this.#words, ANSWERS) === answers ? undefined : Atomics.load(this.#words, ERRNO)
  }

  /** Tells the thread to end, which it does before it begins another sync. */
  close(): void {
    Atomics.store(this.#words, STATE, CLOSING)
    Atomics.notify(this.#words, STATE)
  }

  /** The thread has ended: who waits for an answer gets none. */
  ended(): void {
    Atomics.notify(this.#words, ANSWERS)
  }

  /** Blocks the thread until a sync is asked, which it begins; false where it is to end. */
  awaitAsk(): boolean {
    while (Atomics.load(this.#words, STATE) !== CLOSING) {
      Atomics.wait(this.#words, STATE, IDLE)
      if (Atomics.compareExchange(this.#words, STATE, ASKED, SYNCING) === ASKED) return true
    }
    return false
  }

  answer(errno: number): void {
    Atomics.store(this.#words, ERRNO, errno)
    Atomics.add(this.#words, ANSWERS, 1)
    // Where it was told to close meanwhile, that stands.
    Atomics.compareExchange(this.#words, STATE, SYNCING, IDLE)
    Atomics.notify(this.#words, ANSWERS)
  }
}
