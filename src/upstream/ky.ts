import { type BeforeErrorState, type HTTPError, isHTTPError, isNetworkError, isTimeoutError, type Options } from 'ky'
import { type Clock, systemClock } from '../core/clock.ts'
import type { CallEnd } from './call/outcome.ts'
import { CallReporter, endByAbort, type ReportedUpstream } from './call/reporter.ts'
import type { BodyPiece } from './call/failed-call.ts'
import { parsed, readsOf } from './call/guard-body.ts'
import { howFar, withoutFetch } from './call/thrown-by-fetch.ts'

export interface UpstreamHooksOptions {
  readonly clock?: Clock
}

/**
 * Options for ky that tell the upstream how each call ends, and make ky throw what that means for a job, as `upstreamFetch` does:
 * `ky.extend(upstreamHooks(receipts))`. They set `retry: 0`, since the worker tries again. `timeout` is left to you: `false` is
 * advised, for then the task's time-out acts, through its `signal`.
 *
 * Hooks of yours for errors that come before these are given ky's errors, those that come after are given the ones of willcall.
 * What your hooks throw is passed on as it is. With `throwHttpErrors: false` an answer is reported and returned, whatever its
 * status; a 3xx that ky throws, since it was told not to follow it, is a `PermanentError`. `parseJson` is kept, and its
 * SyntaxErrors are what says that a body is no JSON. What is read of a body with `onDownloadProgress` is not guarded,
 * and of a call that is aborted for a reason that is no Error ky asks no hook.
 */
export function upstreamHooks(
  upstream: ReportedUpstream,
  { clock = systemClock }: UpstreamHooksOptions = {},
): Pick<Options, 'hooks' | 'retry'> {
  const reporter = new CallReporter(upstream, clock)
  /** The last answer to a request, which was reported. */
  const reported = new WeakMap<Request, Answer>()
  const notBegun = new WeakSet<Request>()
  const jsonTexts = new WeakMap<Response, string>()

  function toThrow({ error, request, options }: BeforeErrorState): unknown {
    const answer = reported.get(request)
    if (isHTTPError(error) && isOf(request, error)) {
      const { status, headers } = error.response
      const end: CallEnd = { kind: 'answered', status, headers, body: bodyOf(error) }
      // A hook may have made another answer of it.
      return answer?.status === status ? reporter.meaningOf(request, end) : reporter.ended(request, end)
    }
    const end = endOf(error, request, options.signal, answer)
    if (end === undefined || notBegun.has(request)) return error
    if (answer === undefined || answer.status < 400) return reporter.ended(request, end)
    return reporter.meaningOf(request, { kind: 'answered', ...answer })
  }

  function bodyOf({ response, data }: HTTPError): BodyPiece | undefined {
    const text = jsonTexts.get(response) ?? data
    return typeof text === 'string' ? { text, isCut: false } : undefined
  }

  return {
    retry: 0,
    hooks: {
      // Here it is the last parser that was given, whoever came first.
      init: [
        (options) => {
          const { parseJson } = options
          options.parseJson = async (text, context) => {
            const { request, response } = context
            const parse = parseJson === undefined ? undefined : (json: string) => parseJson(json, context)
            if (response.ok)
              return await parsed(text, response, readsOf(response) ?? reporter.readsOf(request, response), parse)
            jsonTexts.set(response, text)
            return await (parse ?? JSON.parse)(text)
          }
        },
      ],
      beforeRequest: [
        ({ request }) => {
          if (request.signal.aborted) notBegun.add(request)
        },
      ],
      afterResponse: [
        ({ request, response }) => {
          const { status, headers, ok } = response
          reported.set(request, { status, headers })
          reporter.answered(request, response)
          return ok ? reporter.guarded(request, response) : undefined
        },
      ],
      beforeError: [(state) => toThrow(state) as Error],
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
}

/** Undefined where it is not this call that ended so: a hook threw it. */
function endOf(
  error: Error,
  request: Request,
  given: AbortSignal | null | undefined,
  answer: Answer | undefined,
): CallEnd | undefined {
  const aborted = [request.signal, given].map(endByAbort).find((end) => end?.error === error)
  if (aborted !== undefined) return aborted
  if (isNetworkError(error) && isOf(request, error)) {
    return { kind: howFar(error.cause), error: withoutFetch(error.cause) }
  }
  if (!isTimeoutError(error) || !isOf(request, error)) return undefined
  return answer === undefined ? { kind: 'timed_out', error: undefined } : { kind: 'unreadable', status: answer.status }
}

/** A hook may have called another API with ky, and thrown what came of that. */
const isOf = (request: Request, error: { readonly request?: Request }): boolean =>
  error.request?.url === request.url && error.request.method === request.method
