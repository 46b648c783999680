import { nextTick } from 'node:process'
import { ChannelClosedError } from '../core/errors.ts'
import { wholeNumber } from '../core/option.ts'
import { CircularBuffer } from './circular-buffer.ts'
import { WaitingLine } from './waiting-line.ts'

/** What was received: a value, or `done` from a channel that is closed and drained. */
export type Received<T> =
  | { readonly done: false; readonly value: T }
  | { readonly done: true; readonly value: undefined }

export interface WaitOptions {
  /** Ends the wait: it rejects with the signal's reason. None unless told otherwise. */
  readonly signal?: AbortSignal | undefined
}

const SENT = Promise.resolve()
const DRAINED: Received<never> = Object.freeze({ done: true, value: undefined })

/**
 * A bounded queue between senders and receivers, with the meaning of a buffered channel in Go.
 *
 * At any time:
 * 1. Senders wait only while the channel is full. A waiting sender's value enters as soon as a place is free.
 * 2. Receivers wait only while it is empty, and nobody waits once it is closed.
 * 3. Values leave in the order in which they were sent; senders enter, and receivers are served, in the order of coming.
 * 4. No value is received twice, and a sender that was refused or gave up has sent nothing.
 *
 * Between two turns of the event loop:
 * 5. Every sender whose value has entered was told so. It is told late and with others, since telling one at each
 *    receive halves the speed: a sender that wakes to half an empty channel sends the next values without a wait.
 */
export class Channel<T> {
  readonly capacity: number
  readonly #values = new CircularBuffer<T>()
  readonly #senders = new WaitingLine<T, void>()
  readonly #receivers = new WaitingLine<undefined, Received<T>>()
  /** What tells the senders whose value has entered, and who were not told yet. */
  readonly #entered: (() => void)[] = []
  readonly #batch: number
  #tellIsSet = false
  #closed = false

  /** `capacity`: the most values that lie in the channel, a whole number of at least 1. */
  constructor(capacity: number) {
    this.capacity = wholeNumber('capacity', capacity, 1)
    this.#batch = Math.ceil(capacity / 2)
  }

  /** The values that lie in the channel; those of waiting senders are not among them. */
  get size(): number {
    return this.#values.size
  }

  /** Whether `close` was called. There may still be values to receive. */
  get closed(): boolean {
    return this.#closed
  }

  /** Resolves once the value lies in the channel or was handed to a receiver; rejects with `ChannelClosedError`. */
  send(value: T, options?: WaitOptions): Promise<void> {
    const signal = options?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#closed) return Promise.reject(new ChannelClosedError(value))
    return this.trySend(value) ? SENT : this.#senders.wait(value, signal)
  }

  /** Whether there was room for the value. Throws `ChannelClosedError`. */
  trySend(value: T): boolean {
    if (this.#closed) throw new ChannelClosedError(value)
    const receiver = this.#receivers.shift()
    if (receiver !== undefined) {
      receiver.resolve({ done: false, value })
      return true
    }
    if (this.#values.size === this.capacity) return false
    this.#values.push(value)
    return true
  }

  /** Resolves with the oldest value once there is one, or with `done` once the channel is closed and drained. */
  receive(options?: WaitOptions): Promise<Received<T>> {
    const signal = options?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    const received = this.tryReceive()
    return received === undefined ? this.#receivers.wait(undefined, signal) : Promise.resolve(received)
  }

  /** The oldest value; `done` from a channel that is closed and drained; undefined from one that is empty now. */
  tryReceive(): Received<T> | undefined {
    if (this.#values.size === 0) return this.#closed ? DRAINED : undefined
    const value = this.#values.shift()!
    const sender = this.#senders.shift()
    if (sender !== undefined) {
      this.#values.push(sender.given)
      this.#entered.push(sender.resolve)
    }
    if (this.#entered.length > 0) this.#tellSoon()
    return { done: false, value }
  }

  /** Ends the sending: waiting senders get their value back, receivers get what is left. A second call changes nothing. */
  close(): void {
    this.#closed = true
    this.#tell()
    for (let sender = this.#senders.shift(); sender !== undefined; sender = this.#senders.shift()) {
      sender.reject(new ChannelClosedError(sender.given))
    }
    for (let receiver = this.#receivers.shift(); receiver !== undefined; receiver = this.#receivers.shift()) {
      receiver.resolve(DRAINED)
    }
  }

  /** The values until the channel is closed and drained. Leaving the loop leaves the rest in the channel. */
  values(options?: WaitOptions): AsyncIterableIterator<T, undefined> {
    return {
      next: () => this.receive(options),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values()
  }

  /** `nextTick` runs after the microtasks and before any timer or socket; fake timers of a test leave it alone. */
  #tellSoon(): void {
    const free = this.capacity - this.#values.size
    if (free + this.#entered.length >= this.#batch) {
      this.#tell()
    } else if (!this.#tellIsSet) {
      this.#tellIsSet = true
      nextTick(() => {
        this.#tellIsSet = false
        this.#tell()
      })
    }
  }

  #tell(): void {
    for (const tell of this.#entered) tell()
    this.#entered.length = 0
  }
}
