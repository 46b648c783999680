import { type Clock, systemRandom } from '../core/clock.ts'
import type { Ending, Tries } from '../core/ending.ts'
import { errorText } from '../core/error-text.ts'
import { WillcallError } from '../core/errors.ts'
import type { JobId } from '../core/message.ts'
import { notJson } from '../core/payload.ts'
import { isThenable } from '../core/thenable.ts'
import { type StandardSchema, validate } from '../core/standard-schema.ts'
import type { AnyDefinition, PreviousEnding } from '../core/task.ts'
import type { UpstreamCall } from '../core/upstream.ts'
import { type Cause, endingOf, type Phase, saysHowItEnded } from './ending-of.ts'
import { type ContextSource, HandlerContext } from './handler-context.ts'
import { reportFailure } from './report-failure.ts'
import type { ResolvedTask } from './resolved-task.ts'

/** What an attempt must know of its job. */
export interface AttemptedJob {
  readonly id: JobId
  readonly payload: object
  readonly tries: Tries
}

/** Who started the attempt. */
export interface AttemptHost<Job extends AttemptedJob> {
  readonly clock: Clock
  readonly random: () => number
  /** Called once, when `ending` is set. */
  ended(attempt: Attempt<Job>): void
  /** The handler settled after the attempt had ended; `thrown` is empty where it returned. */
  late(attempt: Attempt<Job>, ...thrown: readonly unknown[]): void
  progressed(attempt: Attempt<Job>, part: number): void
  resultRefused(attempt: Attempt<Job>, error: string): void
}

/** When something began: by the wall clock, and by `clock.elapsed()`. */
export interface Moment {
  readonly now: number
  readonly elapsed: number
}

/** What an attempt is doing since when, and the job's tries where they have changed meanwhile. Attempts that begin together share it. */
interface Stage extends Moment {
  readonly phase?: Phase
  readonly tries?: Tries
}

type Reconcile = NonNullable<AnyDefinition['reconcile']>

const DONE: Ending = { kind: 'done', result: undefined }

/**
 * One run of a handler.
 * 1. It ends once: by its handler, its time-out or a stop, whichever comes first. 2. What the handler does later changes nothing.
 */
export class Attempt<Job extends AttemptedJob> implements ContextSource {
  readonly job: Job
  readonly task: ResolvedTask
  #ending: Ending | undefined = undefined
  /** What it threw, or what cut it off. */
  error: unknown = undefined
  /** Whether it ended before anything had begun. */
  givenBack = false
  /** Its place in the list of who started it. */
  slot = 0
  readonly #host: AttemptHost<Job>
  #stage: Stage
  #controller: AbortController | undefined = undefined
  #aborted: Error | undefined = undefined
  #upstreamCall: UpstreamCall | undefined = undefined

  constructor(job: Job, task: ResolvedTask, host: AttemptHost<Job>, began: Moment) {
    this.job = job
    this.task = task
    this.#host = host
    this.#stage = began
  }

  /** When its time is up, by `clock.elapsed()`. */
  get deadline(): number {
    return this.#stage.elapsed + this.task.timeoutMs
  }

  get #tries(): Tries {
    return this.#stage.tries ?? this.job.tries
  }

  get ending(): Ending {
    if (this.#ending === undefined) throw new Error('the attempt has not ended')
    return this.#ending
  }

  /** Whether it was `reconcile` that it was in at last. */
  get isReconciled(): boolean {
    return this.#stage.phase === 'reconcile'
  }

  get jobId(): JobId {
    return this.job.id
  }

  /** 1 for the first. */
  get number(): number {
    return this.job.tries.attempts + 1
  }

  get idempotencyKey(): string {
    return this.task.definition.idempotencyKey?.(this.job.payload) ?? this.job.id
  }

  get previous(): PreviousEnding | undefined {
    return this.job.tries.last
  }

  /** Made when it is first read: a handler that never reads it does not pay for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted)
    }
    return this.#controller.signal
  }

  progress(part: number): void {
    if (!(part >= 0 && part <= 1)) {
      throw new WillcallError('invalid_option', `progress must be a number from 0 to 1, got ${String(part)}`, {
        given: part,
      })
    }
    if (this.#ending === undefined) this.#host.progressed(this, part)
  }

  /** Takes a place of the task's upstream; false where that has none. */
  begin(): boolean {
    this.#upstreamCall = this.task.upstream?.begin()
    return this.task.upstream === undefined || this.#upstreamCall !== undefined
  }

  /** Calls the handler, after its schema and `reconcile` where there is something to check or to ask. */
  run(): void {
    const needsPreparing = this.task.definition.schema !== undefined || this.#tries.unknownSince !== undefined
    if (needsPreparing) void this.#prepare()
    else this.#call(this.job.payload)
  }

  async #prepare(): Promise<void> {
    const { schema, reconcile } = this.task.definition
    try {
      const payload = schema === undefined ? this.job.payload : await this.#output(schema)
      const { unknownSince } = this.#tries
      if (unknownSince !== undefined && reconcile !== undefined && this.#mayGoOn()) {
        const ending = await this.#reconcile(unknownSince, payload, reconcile)
        if (ending !== undefined) return this.#settled(ending)
      }
      if (!this.#mayGoOn()) return
      this.#enter('run')
      this.#call(payload)
    } catch (error) {
      this.#threw(error)
    }
  }

  /** False once it has ended, and where the worker stops: nothing new is begun then. */
  #mayGoOn(): boolean {
    if (this.#ending === undefined && this.#aborted !== undefined) {
      this.#enter('payload')
      this.stop()
    }
    return this.#ending === undefined
  }

  /** Without `await`: it would take longer than all else that an attempt does. */
  #call(payload: unknown): void {
    try {
      const result = this.task.definition.run(payload, new HandlerContext(this))
      if (isThenable(result))
        Promise.resolve(result).then(
          (value) => this.#returned(value),
          (error: unknown) => this.#threw(error),
        )
      else this.#returned(result)
    } catch (error) {
      this.#threw(error)
    }
  }

  #returned(result: unknown): void {
    this.#settled(result === undefined ? DONE : { kind: 'done', result: this.#keepable(result) })
  }

  async #output(schema: StandardSchema): Promise<unknown> {
    this.#stage = { ...this.#stage, phase: 'payload' }
    return await validate(schema, this.job.payload, 'the payload')
  }

  /** Asks whether the attempt that began at `unknownSince` took effect. Undefined: it did not, so the job has to run again. */
  async #reconcile(unknownSince: number, payload: unknown, ask: Reconcile): Promise<Ending | undefined> {
    this.#enter('reconcile')
    const { settlesWithinMs, retry } = this.task
    const settlesAt = unknownSince + settlesWithinMs
    const tookEffect: unknown = await ask(payload, new HandlerContext(this))
    if (tookEffect === true) return DONE
    if (tookEffect !== false) throw new TypeError(`reconcile must answer true or false, got ${String(tookEffect)}`)
    if (this.#stage.now < settlesAt) return { kind: 'unknown', at: settlesAt, tries: this.#tries }
    const tries = { ...this.#tries, unknownSince: undefined, asks: 0 }
    const { upstream } = this.task
    if (tries.attempts >= retry.attempts) {
      return { kind: 'dead', reason: 'attempts_used_up', error: tries.last?.error ?? '', tries }
    }
    // To run now would be a second call, and only one was counted.
    if (upstream?.isLimited === true) return { kind: 'snoozed', at: this.#host.clock.now(), tries }
    this.#enter('payload', tries)
    return undefined
  }

  /** Each phase has the task's whole time. */
  #enter(phase: Phase, tries = this.#tries): void {
    const { clock } = this.#host
    this.#stage = { phase, tries, now: clock.now(), elapsed: clock.elapsed() }
  }

  /** Ends it as unknown, or for `reconcile` as an answer that did not come; aborts the signal. */
  timeOut(): void {
    const { name, timeoutMs } = this.task
    this.#cut('timed_out', new DOMException(`${name} had ${timeoutMs} ms and did not settle`, 'TimeoutError'))
  }

  /** Tells the handler that the worker stops; what it settles with still counts. */
  abort(): void {
    this.#abort(new DOMException('the worker stops', 'AbortError'))
  }

  /** Ends it as unknown: the worker has stopped waiting for the handler. */
  stop(): void {
    this.#cut('stopped', this.#aborted ?? new DOMException('the worker stops', 'AbortError'))
  }

  #cut(cause: Cause, reason: Error): void {
    this.#abort(reason)
    this.#end(this.#endingOf(cause, reason), reason)
  }

  #abort(reason: Error): void {
    this.#aborted ??= reason
    this.#controller?.abort(reason)
  }

  /** A result that is no JSON value, or too large, is not kept. */
  #keepable(result: unknown): unknown {
    const error = notJson(result)
    if (error === undefined) return result
    this.#host.resultRefused(this, error)
    return undefined
  }

  /** Ends it before anything has begun: the job is given back as it was. */
  giveBack(runAt: number): void {
    this.givenBack = true
    this.#end({ kind: 'snoozed', at: runAt, tries: this.job.tries }, undefined)
  }

  #settled(ending: Ending): void {
    if (this.#ending !== undefined) this.#host.late(this)
    else this.#end(ending, undefined)
  }

  #threw(error: unknown): void {
    if (this.#ending !== undefined) this.#host.late(this, error)
    else
      this.#end(
        this.#endingOf(this.#aborted !== undefined && !saysHowItEnded(error) ? 'stopped' : 'threw', error),
        error,
      )
  }

  #endingOf(cause: Cause, error: unknown): Ending {
    const unfinished = {
      task: this.task,
      tries: this.#tries,
      phase: this.#stage.phase ?? 'run',
      beganAt: this.#stage.now,
      now: this.#host.clock.now(),
    }
    try {
      const isUpstreamDown = reportFailure(this.task.upstream, error)
      return endingOf({ ...unfinished, isUpstreamDown, cause, error, random: this.#host.random })
    } catch (fault) {
      // What was thrown, or `random`, is itself at fault.
      const told = { cause: 'threw', error: new Error(errorText(fault)), random: systemRandom } as const
      return endingOf({ ...unfinished, ...told, isUpstreamDown: false })
    }
  }

  #end(ending: Ending, error: unknown): void {
    if (ending.kind === 'done') this.task.upstream?.answered()
    this.#upstreamCall?.end()
    this.#ending = ending
    this.error = error
    this.#host.ended(this)
  }
}
