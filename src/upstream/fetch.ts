import { type Clock, systemClock } from '../core/clock.ts'
import { thrownIs, WillcallError } from '../core/errors.ts'
import type { CallEnd } from './call/outcome.ts'
import { bareUrl } from './call/request.ts'
import { CallReporter, endByAbort, type ReportedCall, type ReportedUpstream } from './call/reporter.ts'
import { errorBody } from './call/error-body.ts'
import { howFar, isOfNetwork, withoutFetch } from './call/thrown-by-fetch.ts'

/** `fetch`, of Node or made like it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface UpstreamFetchOptions {
  readonly clock?: Clock
}

/**
 * A `fetch` that tells the upstream how each call ends and throws what that means for a job:
 *
 * | the call | is thrown | told |
 * | --- | --- | --- |
 * | is answered 2xx, or 3xx that was not followed | nothing: the answer is returned | answered |
 * | is answered 429 or 503 with `Retry-After` | `UpstreamError` with `retryAfterMs`, at most 24 h | failed |
 * | is answered 408, 425, 429 or 5xx | `UpstreamError` | failed |
 * | is answered 502 or 504, by something in between | `UpstreamError`, for a POST or PATCH `UnknownError` | failed |
 * | is answered by any other 4xx | `PermanentError` | answered |
 * | was never sent: refused, no such host, no TLS | `UpstreamError` | failed |
 * | had no answer in time, or none at all | `UpstreamError`, for a POST or PATCH `UnknownError` | failed |
 * | is answered 2xx, with a body that cannot be read | `UnknownError`, by the body's read | failed |
 * | is given up by its `signal` for another reason than time | that reason, for a POST or PATCH `UnknownError` | nothing |
 * | could not be made: no such URL, a wrong header | `TypeError` | nothing |
 *
 * A POST or PATCH with an `Idempotency-Key` counts as any other method: it may be sent again. The errors tell in `given` of the
 * call (`FailedCall`), without what its request keeps secret; the beginning of an error's body is read for that, at most 16 KiB
 * for 10 s. A body is guarded where it is read by a method of the response (`json()`, `text()`); `response.body`, the stream, is
 * as ever. `json()` of a 204 or 205 is undefined. What a `fetch` of your own throws that `fetch` never does, and every error of
 * willcall, passes as it is.
 */
export function upstreamFetch(
  upstream: ReportedUpstream,
  fetch: Fetch = globalThis.fetch,
  { clock = systemClock }: UpstreamFetchOptions = {},
): Fetch {
  const reporter = new CallReporter(upstream, clock)
  return async (input, init) => {
    const call = callOf(input, init)
    call.signal?.throwIfAborted()
    const response = await answerTo(call, async () => await fetch(input, init))
    reporter.answered(call, response)
    const { ok, status, headers } = response
    if (ok) return reporter.guarded(call, response)
    if (status < 400) return response
    throw reporter.meaningOf(call, { kind: 'answered', status, headers, body: await errorBody(response, clock) })
  }

  async function answerTo(call: ReportedCall, ask: () => Promise<Response>): Promise<Response> {
    try {
      return await ask()
    } catch (error) {
      const end = endOf(error, call.signal)
      throw end === undefined ? error : reporter.ended(call, end)
    }
  }
}

function callOf(input: string | URL | Request, init: RequestInit = {}): ReportedCall {
  const request = typeof input === 'object' && 'url' in input ? input : undefined
  const url = typeof input === 'string' ? input : 'url' in input ? input.url : input.href
  const { method = request?.method ?? 'GET', signal = request?.signal } = init
  try {
    return { method, url, signal, headers: new Headers(init.headers ?? request?.headers) }
  } catch {
    // Whose text shows the header, which may be a credential.
    throw new TypeError(`${method} ${bareUrl(url)} could not be made: one of its headers is not valid`)
  }
}

/** Undefined where that is nothing that `fetch` throws. */
function endOf(error: unknown, signal: AbortSignal | null | undefined): CallEnd | undefined {
  if (thrownIs(error, WillcallError)) return undefined
  const name = error instanceof Error ? error.name : ''
  const aborted = endByAbort(signal)
  if (aborted !== undefined && (error === aborted.error || name === 'AbortError' || name === 'TimeoutError'))
    return aborted
  if (name === 'TimeoutError') return { kind: 'timed_out', error }
  if (name === 'AbortError') return { kind: 'given_up', error }
  if (isOfNetwork(error)) return { kind: howFar(error), error: withoutFetch(error) }
  return error instanceof TypeError ? { kind: 'not_made', error } : undefined
}
