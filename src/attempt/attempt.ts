import type { Clock, Moment } from '../core/clock.ts'
import type { Ending, Tries } from '../core/ending.ts'
import { WillcallError } from '../core/errors.ts'
import type { JobId } from '../core/message.ts'
import { notJson } from '../core/payload.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import { isThenable } from '../core/thenable.ts'
import { type StandardSchema, validate } from '../core/standard-schema.ts'
import type { AnyDefinition, Context, PreviousEnding } from '../core/task.ts'
import type { UpstreamCall } from '../core/upstream.ts'
import { type Cause, type Phase, saysHowItEnded } from './ending-of.ts'
import { endingOfThrown } from './ending-of-thrown.ts'
import type { ContextSource } from './handler-context.ts'
import { endingOfAnswer, notTaken } from './reconcile-answer.ts'
import type { ResolvedTask } from './resolved-task.ts'
import type { AttemptedJob, Stage } from './stage.ts'

/** Who started the attempt. */
export interface AttemptHost<Job extends AttemptedJob> {
  readonly clock: Clock
  readonly random: () => number
  /** Called once, when `ending` is set. */
  ended(attempt: Attempt<Job>): void
  /** The handler settled after the attempt had ended; `thrown` is empty where it returned. */
  late(attempt: Attempt<Job>, ...thrown: readonly unknown[]): void
  /** What its handler is given beside the payload. */
  contextOf(attempt: Attempt<Job>): Context
  /** Left out, as `doneWith` is, where a context does not offer it. */
  progressed?(attempt: Attempt<Job>, part: number): void
  /** Left out where results are not kept. */
  resultRefused?(attempt: Attempt<Job>, error: string): void
  /** Resolves once what `write` wrote is kept, and with it that the job is done. */
  doneWith?(attempt: Attempt<Job>, write: (database: SqliteDatabase) => unknown): Promise<unknown>
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
  /** 1 for the first. */
  readonly number: number
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
  #isWriting = false

  constructor(job: Job, task: ResolvedTask, host: AttemptHost<Job>, began: Moment) {
    this.job = job
    this.task = task
    this.number = job.tries.attempts + 1
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

  get idempotencyKey(): string {
    return this.task.definition.idempotencyKey?.(this.job.payload as object) ?? this.job.id
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
    if (this.#ending === undefined) this.#host.progressed?.(this, part)
  }

  /** Its end is then the job's: what the handler does afterwards changes nothing. */
  async transaction<Result>(write: (database: SqliteDatabase) => Result): Promise<Result> {
    if (this.#ending !== undefined || this.#isWriting) throw alreadySettled(this.job.id)
    this.#isWriting = true
    let result: Result | undefined
    try {
      const kept = await this.#host.doneWith?.(this, (database) => {
        result = write(database)
        return isThenable(result) ? result : this.#keepable(result)
      })
      if (this.#ending === undefined) this.#end({ kind: 'done', result: kept }, undefined)
      return result as Result
    } finally {
      this.#isWriting = false
    }
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
      const result = this.task.definition.run(payload, this.#host.contextOf(this))
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
    const answer: unknown = await ask(payload, this.#host.contextOf(this))
    const asked = { task: this.task, tries: this.#tries, askedAt: this.#stage.now, now: this.#host.clock.now() }
    const ending = endingOfAnswer(answer, { ...asked, unknownSince })
    if (ending === undefined) this.#enter('payload', notTaken(this.#tries))
    return ending
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

  /** Tells the handler that the worker stops, or why else; what it settles with still counts. */
  abort(why = 'the worker stops'): void {
    this.#abort(new DOMException(why, 'AbortError'))
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
    if (this.#host.resultRefused === undefined) return undefined
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
    return endingOfThrown({
      task: this.task,
      tries: this.#tries,
      phase: this.#stage.phase ?? 'run',
      cause,
      error,
      beganAt: this.#stage.now,
      now: this.#host.clock.now(),
      random: this.#host.random,
    })
  }

  #end(ending: Ending, error: unknown): void {
    if (ending.kind === 'done') this.task.upstream?.answered()
    this.#upstreamCall?.end()
    this.#ending = ending
    this.error = error
    this.#host.ended(this)
  }
}

const alreadySettled = (id: JobId): WillcallError =>
  new WillcallError('already_settled', `nothing can be written with the end of job ${id}: it has ended`, { given: id })
