/** The WAL is cut to this many bytes when it starts again. */
export const WAL_BYTES = 16_777_216

const COMMITS = 0
const IS_READY = 1
const IS_CLOSING = 2
const WORDS = 3

/**
 * What a store and its checkpoint thread tell each other, through memory that both see: the thread sleeps in it and has no event
 * loop, and the store's loop is never woken.
 */
export class CheckpointSignals {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  /** Changes with each commit of the store. */
  get commits(): number {
    return Atomics.load(this.#words, COMMITS)
  }

  /** True once the thread has its connection. */
  get isReady(): boolean {
    return Atomics.load(this.#words, IS_READY) === 1
  }

  get isClosing(): boolean {
    return Atomics.load(this.#words, IS_CLOSING) === 1
  }

  committed(): void {
    Atomics.add(this.#words, COMMITS, 1)
    Atomics.notify(this.#words, COMMITS)
  }

  ready(): void {
    Atomics.store(this.#words, IS_READY, 1)
  }

  /** Ends whatever rest the thread takes. */
  close(): void {
    Atomics.store(this.#words, IS_CLOSING, 1)
    Atomics.notify(this.#words, IS_CLOSING)
    this.committed()
  }

  /** Blocks the thread. */
  rest(ms: number): void {
    Atomics.wait(this.#words, IS_CLOSING, 0, ms)
  }

  /** Blocks the thread until there is a commit beyond these. */
  awaitCommit(commits: number): void {
    Atomics.wait(this.#words, COMMITS, commits)
  }
}
