import type { JobId } from './job-id.ts'
import type { RetryOptions } from './retry.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import type { StandardSchema } from './standard-schema.ts'
import type { TaskUpstream } from './upstream.ts'

/** How the attempt before this one ended. */
export interface PreviousEnding {
  readonly kind: 'retry' | 'snoozed' | 'unknown'
  readonly error: string
}

/** What a handler may know of its job. It can be taken apart, but not spread: `signal` is made when it is first read. The request that sent the message is not among it: it may be long gone. */
export interface Context {
  readonly jobId: JobId
  /** 1 for the first attempt. An attempt cut off by a stop is not counted, so its number comes again. */
  readonly attempt: number
  /** Aborted at the task's time-out, and at a stop once `graceMs` has passed. Give it to every call that you make. */
  readonly signal: AbortSignal
  /** The same at every attempt and replay of this job: give it to an API that drops doubles. */
  readonly idempotencyKey: string
  /** Undefined at the first attempt. */
  readonly previous: PreviousEnding | undefined
  /** Says how far this attempt is, from 0 to 1; `find` shows it. */
  readonly progress: (part: number) => void
  /**
   * Ends the job as done together with what `write` writes into the store's database: all of it is kept, or nothing, and the job
   * is tried again. `write` is called once, is synchronous, and what it returns is the job's result; `worker.sendIn` with the same
   * database sends messages with it. Resolves once that is kept. What the handler does afterwards changes nothing: an error is only
   * reported. Rejects with `already_settled` the second time, and where others have the job since; with what `write` throws; and
   * with `unsupported` where the store is not `openSqlite`'s.
   */
  readonly transaction: <Result>(write: (database: SqliteDatabase) => Result) => Promise<Result>
}

/** A key, and the text that must be equal whenever it is used again. */
export interface OnceKey {
  readonly key: string
  readonly content: string
}

export interface TaskOptions<Input> {
  /** The API that it calls, an `Upstream`: none of its jobs is taken up while that is closed or full. Default: none. */
  readonly upstream?: TaskUpstream
  /** How long one call of `run` or `reconcile` may take; then its slot is free and it ends unknown. Default 60,000. */
  readonly timeoutMs?: number
  /** How many of this task may be in work at once. Default: as many as the worker takes. */
  readonly concurrency?: number
  /** Back-off and the number of attempts. Default: the worker's. */
  readonly retry?: RetryOptions
  /**
   * Two sends with the same answer are one job: the second gets the first one's id. The payload must be equal, or the
   * second is refused with `conflict`; answer with `{ key, content }` to say what else must be equal.
   */
  readonly once?: (payload: Input) => string | OnceKey
  /** How long `once` remembers a job after its end. Default: the worker's. */
  readonly onceForMs?: number
  /** Default: the job's id. */
  readonly idempotencyKey?: (payload: Input) => string
}

export interface TaskDefinition<Input, Payload, Result> extends TaskOptions<Input> {
  /** Calls the third party. Returns: done. Throws: tried again, unless the error says something else. */
  readonly run: (payload: Payload, context: Context) => Result
  /**
   * Asks the third party whether an attempt of unknown outcome took effect. True: the job is done. False: it is run again,
   * but not before `settlesWithinMs` has passed since that attempt began. Throws: asked again, with back-off.
   */
  readonly reconcile?: (payload: NoInfer<Payload>, context: Context) => boolean | Promise<boolean>
  /** How long a call can still take effect after it began. Default: the task's `timeoutMs`. */
  readonly settlesWithinMs?: number
}

interface WithSchema<Input, Payload> {
  /** Any Standard Schema. A sender gives its input, which is kept; `run` gets its output. */
  readonly schema: StandardSchema<Input, Payload>
}

interface WithoutSchema {
  readonly schema?: undefined
}

declare const made: unique symbol

/** Made by `task()`. `Input` is what a sender gives, `Payload` what `run` gets. */
export interface Task<Input, Payload, Result> {
  readonly [made]: { readonly input: Input; readonly payload: Payload; readonly result: Result }
}

/** A handler with options. Only through this function are `reconcile` and, with a `schema`, `run` inferred. */
export function task<Input, Payload, Result>(
  definition: WithSchema<Input, Payload> & TaskDefinition<NoInfer<Input>, NoInfer<Payload>, Result>,
): Task<Input, Payload, Awaited<Result>>
export function task<Payload, Result>(
  definition: WithoutSchema & TaskDefinition<NoInfer<Payload>, Payload, Result>,
): Task<Payload, Payload, Awaited<Result>>
export function task(definition: object): object {
  return definition
}

/** A task as the worker sees it, whatever its types are. */
export interface AnyDefinition extends TaskDefinition<object, unknown, unknown> {
  readonly schema?: StandardSchema | undefined
}
