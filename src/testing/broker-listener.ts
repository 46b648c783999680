import type { Broker, RecordContext, SubscribeOptions } from '../broker/broker.ts'
import { AT_ONCE, type Numbered, until } from './broker-case.ts'

/** A handler that was called. */
export interface Call extends Pick<RecordContext, 'record' | 'attempt' | 'idempotencyKey'> {
  readonly n: number
}

export interface ListenerOptions extends Partial<Omit<SubscribeOptions<Numbered>, 'run' | 'signal'>> {
  readonly topics: readonly string[]
  readonly group: string
  readonly run?: (n: number, context: RecordContext) => unknown
}

/** A subscription of this process, and what came to it. */
export class Listener implements AsyncDisposable {
  /** The handlers that were called, in this order. */
  readonly began: Call[] = []
  /** Those that returned, in this order. */
  readonly done: Call[] = []
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false

  constructor(broker: Broker, { run = () => {}, ...options }: ListenerOptions) {
    this.#ended = broker
      .subscribe<Numbered>({
        retry: AT_ONCE,
        graceMs: 5_000,
        deadlineMs: 50,
        ...options,
        signal: this.#stop.signal,
        run: (payload, context) => this.#run(payload?.n, context, run),
      })
      .then(
        () => {
          this.#hasEnded = true
        },
        (error: unknown) => {
          this.#failure = { error }
        },
      )
  }

  async #run(n: number, context: RecordContext, run: (n: number, context: RecordContext) => unknown): Promise<void> {
    const { record, attempt, idempotencyKey } = context
    const call: Call = { n, record, attempt, idempotencyKey }
    this.began.push(call)
    await run(n, context)
    this.done.push(call)
  }

  get beganNumbers(): readonly number[] {
    return this.began.map(({ n }) => n)
  }

  get doneNumbers(): readonly number[] {
    return this.done.map(({ n }) => n)
  }

  /** Whether its subscription has resolved. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Resolves once the fact is there; rejects where the subscription has. */
  async until(fact: () => boolean | Promise<boolean>): Promise<void> {
    await until(() => {
      if (this.#failure !== undefined) throw this.#failure.error
      return fact()
    }).catch((error: unknown) => {
      const { began, done } = this
      throw new Error(`${began.length} were begun and ${done.length} done: ${String(error)}`, { cause: error })
    })
  }

  hasBegun(count: number): Promise<void> {
    return this.until(() => this.began.length >= count)
  }

  hasDone(count: number): Promise<void> {
    return this.until(() => this.done.length >= count)
  }

  /** Aborts its signal, and waits for nothing. */
  signalStop(): void {
    this.#stop.abort()
  }

  /** Rejects where the subscription did. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#ended
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }
}
