import { isHTTPError } from 'ky'
import { PermanentError, UnknownError } from '../../src/index.ts'

/** Answers of something between here and the API, which may have passed the call on: 502 and 504. */
const ANSWERED_BY_ANOTHER: ReadonlySet<number> = new Set([502, 504])
/** No connection was made, so the call never left. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
const MAX_CAUSES = 5

/**
 * What a call's failure means for its job. A bad ticket stays bad: permanent. Any other answer of the API says that the call
 * took no effect: tried again. Without an answer nobody knows: unknown.
 */
export function callEnding(error: unknown): unknown {
  if (isHTTPError(error)) {
    const { status } = error.response
    if (status === 400) return new PermanentError('the API refuses this ticket', { cause: error })
    return ANSWERED_BY_ANOTHER.has(status) ? new UnknownError(error) : error
  }
  return wasNeverSent(error) ? error : new UnknownError(error)
}

function wasNeverSent(error: unknown): boolean {
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < MAX_CAUSES; depth += 1) {
    if ('code' in cause && NEVER_SENT.has(cause.code)) return true
    cause = cause.cause
  }
  return false
}
