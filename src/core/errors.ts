/** The longest wait that an API or a handler is granted, in milliseconds: 24 h. */
export const MAX_RETRY_AFTER_MS = 86_400_000

/** What went wrong, for code to act on. The list is closed: a new code is a new line here. */
export type ErrorCode =
  | 'already_running'
  | 'already_settled'
  | 'async_schema'
  | 'body_already_read'
  | 'channel_closed'
  | 'conflict'
  | 'database_busy'
  | 'database_refused'
  | 'disk_failed'
  | 'disk_full'
  | 'invalid_option'
  | 'no_room'
  | 'not_kept'
  | 'payload_refused'
  | 'permanent'
  | 'refused'
  | 'retry_after'
  | 'too_large'
  | 'too_many_dead'
  | 'unknown_outcome'
  | 'unknown_task'
  | 'unknown_topic'
  | 'unsupported'
  | 'upstream_failed'

export interface ErrorDetails {
  readonly cause?: unknown
  /** The value that could not be taken. */
  readonly given?: unknown
}

/** Every error that willcall throws by itself. Its message says what could not be done, why, and what was given. */
export class WillcallError extends Error {
  override readonly name: string = 'WillcallError'
  readonly code: ErrorCode
  readonly given: unknown

  constructor(code: ErrorCode, message: string, { cause, given }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.given = given
  }
}

/** The channel was closed; `undelivered` is the value that it did not take. */
export class ChannelClosedError<T> extends WillcallError {
  override readonly name = 'ChannelClosedError'
  readonly undelivered: T

  constructor(undelivered: T) {
    super('channel_closed', 'the value could not be sent: the channel is closed', { given: undelivered })
    this.undelivered = undelivered
  }
}

/** Whether it is one of these; false for what cannot even be asked, such as a proxy that refuses. */
export function thrownIs<Kind extends Error>(
  thrown: unknown,
  kind: abstract new (...parameters: never) => Kind,
): thrown is Kind {
  try {
    return thrown instanceof kind
  } catch {
    return false
  }
}

/** One thing that is wrong with a value, and where: `path` leads to it from the outside in. */
export interface Issue {
  readonly message: string
  readonly path: readonly PropertyKey[]
}

export const issueText = ({ message, path }: Issue): string =>
  path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`

/** A payload that does not fit its task. Nothing of its call was kept. */
export class PayloadError extends WillcallError {
  override readonly name = 'PayloadError'
  readonly issues: readonly Issue[]

  constructor(message: string, issues: readonly Issue[], given: unknown, cause?: unknown) {
    super('payload_refused', message, { given, cause })
    this.issues = issues
  }
}

/**
 * Thrown by a handler: try this job again at the given time, without spending an attempt. Other jobs are not delayed.
 * Takes milliseconds from now, or a Date. Waits of more than 24 h are shortened to 24 h.
 */
export class RetryAfter extends WillcallError {
  override readonly name = 'RetryAfter'
  readonly when: number | Date

  constructor(when: number | Date, details: ErrorDetails = {}) {
    const ms = when instanceof Date ? when.getTime() : when
    if (!Number.isFinite(ms) || ms < 0) {
      const why = `RetryAfter takes milliseconds of at least 0 or a valid Date, got ${String(when)}`
      throw new WillcallError('invalid_option', why, { given: when })
    }
    super('retry_after', when instanceof Date ? `try again at ${when.toISOString()}` : `try again in ${ms} ms`, details)
    this.when = when
  }
}

/** Thrown by a handler: no attempt can ever succeed, so the job goes to the dead at once. */
export class PermanentError extends WillcallError {
  override readonly name = 'PermanentError'

  constructor(message: string, details: ErrorDetails = {}) {
    super('permanent', message, details)
  }
}

/**
 * Thrown by a handler: nobody can tell whether the call took effect (it was sent, and no answer came).
 * The task's `reconcile` is asked before `run` is called again.
 */
export class UnknownError extends WillcallError {
  override readonly name = 'UnknownError'

  constructor(cause: unknown, { given }: Pick<ErrorDetails, 'given'> = {}) {
    super('unknown_outcome', 'nobody can tell whether the call took effect', { cause, given })
  }
}

export interface UpstreamErrorDetails extends ErrorDetails {
  /** How long the API asked to be left alone, in milliseconds; more than 24 h is shortened to 24 h. Default: it did not say. */
  readonly retryAfterMs?: number
  /** The name of the upstream that was told of it already. Default: the worker tells the upstream of the job's task. */
  readonly upstream?: string
}

/**
 * Thrown by a handler: the API itself failed, whatever it was asked. It counts against the task's upstream; where that is closed
 * now, the job waits for it and has spent no attempt. Else the job is tried again like any that failed.
 */
export class UpstreamError extends WillcallError {
  override readonly name = 'UpstreamError'
  readonly retryAfterMs: number | undefined
  readonly upstream: string | undefined

  constructor(message: string, { retryAfterMs, upstream, ...details }: UpstreamErrorDetails = {}) {
    super('upstream_failed', message, details)
    if (retryAfterMs !== undefined && !(retryAfterMs >= 0)) {
      const why = `retryAfterMs must be a number of at least 0, got ${String(retryAfterMs)}`
      throw new WillcallError('invalid_option', why, { given: retryAfterMs })
    }
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
    this.upstream = upstream
  }
}
