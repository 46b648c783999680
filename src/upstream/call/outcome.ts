import { PermanentError, UnknownError, UpstreamError } from '../../core/errors.ts'
import { type CallRequest, isRepeatable } from './request.ts'
import { type BodyPiece, CallText } from './failed-call.ts'
import { retryAfterMs } from './retry-after.ts'
import { codeOf, type HowFar } from './thrown-by-fetch.ts'

/** Refusals that are not the request's fault: it took too long to come, came too early, or one too often. */
const NOT_AT_FAULT: ReadonlySet<number> = new Set([408, 425, 429])
/** Those that say for how long the API wants to be left alone. */
const ASKS_FOR_PEACE: ReadonlySet<number> = new Set([429, 503])
/** Answers of something in between, which may have passed the call on. */
const ANSWERED_BY_ANOTHER: ReadonlySet<number> = new Set([502, 504])

/** How a call ended, other than well. */
export type CallEnd =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Headers
      readonly body?: BodyPiece | undefined
    }
  /** Answered as it should be, but the body broke off, came too late, or is not what was asked for. */
  | { readonly kind: 'unreadable'; readonly status: number; readonly error?: unknown; readonly body?: BodyPiece }
  | Unanswered

export interface Unanswered {
  readonly kind: HowFar | 'timed_out' | 'given_up'
  readonly error: unknown
}

/** What a call's end means: for its job what is thrown, for its upstream what it is told, if anything. */
export interface CallOutcome {
  readonly thrown: unknown
  readonly report: UpstreamError | 'answered' | undefined
}

/** `upstream` is its name, `now` in milliseconds since 1970. */
export function outcomeOf(upstream: string, request: CallRequest, end: CallEnd, now: number): CallOutcome {
  switch (end.kind) {
    case 'answered':
      return answered(upstream, request, end, now)
    case 'unreadable': {
      const text = new CallText(request, end.status, end.body)
      return unknown(
        failure(upstream, text, `was answered ${end.status}, but with a body that cannot be read`, end.error),
      )
    }
    case 'never_sent':
      return failed(failure(upstream, new CallText(request), `could not be sent${codeIn(end.error)}`, end.error))
    case 'unanswered':
    case 'timed_out': {
      const what = end.kind === 'timed_out' ? 'timed out' : `got no answer${codeIn(end.error)}`
      const unanswered = failure(upstream, new CallText(request), what, end.error)
      return isRepeatable(request) ? failed(unanswered) : unknown(unanswered)
    }
    case 'given_up':
      return givenUp(request, end.error)
    case 'not_made': {
      const text = new CallText(request)
      return { thrown: new TypeError(text.sentence(`could not be made: ${text.told(end.error)}`)), report: undefined }
    }
    default:
      return end satisfies never
  }
}

function answered(
  upstream: string,
  request: CallRequest,
  { status, headers, body }: Extract<CallEnd, { kind: 'answered' }>,
  now: number,
): CallOutcome {
  const text = new CallText(request, status, body)
  const what = `was answered ${status}`
  if (status < 500 && !NOT_AT_FAULT.has(status)) {
    return { thrown: new PermanentError(text.sentence(what), { given: text.call }), report: 'answered' }
  }
  const waitMs = ASKS_FOR_PEACE.has(status) ? retryAfterMs(headers, now) : undefined
  const error = failure(upstream, text, what, undefined, waitMs)
  return ANSWERED_BY_ANOTHER.has(status) && !isRepeatable(request) ? unknown(error) : failed(error)
}

/** Its caller no longer waits, which says nothing of the API. */
function givenUp(request: CallRequest, reason: unknown): CallOutcome {
  if (isRepeatable(request)) return { thrown: reason, report: undefined }
  const text = new CallText(request)
  const cause = new Error(text.sentence('was given up'), { cause: text.cause(reason) })
  return { thrown: new UnknownError(cause, { given: text.call }), report: undefined }
}

function failure(upstream: string, text: CallText, what: string, thrown: unknown, waitMs?: number): UpstreamError {
  const cause = text.cause(thrown)
  return new UpstreamError(text.sentence(what), {
    given: text.call,
    upstream,
    ...(cause !== undefined && { cause }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

const failed = (error: UpstreamError): CallOutcome => ({ thrown: error, report: error })
const unknown = (error: UpstreamError): CallOutcome => ({
  thrown: new UnknownError(error, { given: error.given }),
  report: error,
})

const codeIn = (thrown: unknown): string => {
  const code = codeOf(thrown)
  return code === undefined ? '' : ` (${code})`
}
