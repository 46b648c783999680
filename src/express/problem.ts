import { STATUS_CODES } from 'node:http'
import { type Issue, PayloadError, WillcallError } from '../core/errors.ts'
import { RefusedError } from './refused-error.ts'
import type { Reply } from './reply.ts'

/** Issues told in one answer. */
const MAX_ISSUES = 20
/** Steps told of the path to one issue. */
const MAX_PATH = 32
/** Longest text told of an error, an issue or a step, in UTF-16 code units: data may be part of it. */
const MAX_TEXT = 500

/** What a caller has to know beside the problem, by status: https://www.rfc-editor.org/rfc/rfc9110#section-15.5 */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'StandardWebhooks' },
  415: { accept: 'application/json', 'accept-encoding': 'gzip, deflate, br' },
  503: { 'retry-after': '1' },
}

/** The answer to an order that was not kept, or undefined where it is not the caller who is told why. */
export function refusal(error: unknown): Reply | undefined {
  if (!(error instanceof WillcallError)) return undefined
  switch (error.code) {
    case 'refused':
      return problem((error as RefusedError).status, error.message)
    case 'payload_refused':
      return problem(400, error.message, (error as PayloadError).issues)
    case 'conflict':
      return problem(
        422,
        'other content was kept under the same key before: its Idempotency-Key, or the key of one of its tasks',
      )
    case 'too_large':
      return problem(413, 'the order makes more messages than can ever be kept at once')
    case 'no_room':
    case 'too_many_dead':
      return problem(503, 'there is no room for the order now; it was not kept, send it again later')
    default:
      return undefined
  }
}

/** Tells nothing of what went wrong: the event `webhook.failed` does. */
export const FAILURE: Reply = problem(500, 'this server failed to keep the order')

/** As RFC 9457 says; `about:blank` means that the problem is what its status says. */
function problem(status: number, detail: string, issues?: readonly Issue[]): Reply {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Refused',
    status,
    detail: bounded(detail),
    issues: issues?.slice(0, MAX_ISSUES).map(shown),
  }
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      ...HEADERS[status],
    },
    body: JSON.stringify(body),
  }
}

function shown({ message, path }: Issue): Issue {
  return {
    message: bounded(message),
    path: path.slice(0, MAX_PATH).map((step) => (typeof step === 'number' ? step : bounded(String(step)))),
  }
}

function bounded(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
}
