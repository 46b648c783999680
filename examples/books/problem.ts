import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Response } from 'express'
import { RefusedError } from '../../src/express/index.ts'
import { type Issue, PayloadError, WillcallError } from '../../src/index.ts'
import { stackText } from './stack-text.ts'

/** Issues told in one answer. */
const MAX_ISSUES = 20
/** Longest text told, in UTF-16 code units: the caller's own may be part of it. */
const MAX_TEXT = 500
/** After so many seconds a caller may try again where there was no room. */
const RETRY_AFTER = '1'

interface Problem {
  readonly status: number
  readonly detail: string
  readonly issues?: readonly Issue[]
}

const FAILURE: Problem = { status: 500, detail: 'this server failed; its log says why' }

/**
 * Answers with what went wrong, and prints what the caller is not told. Express knows an error handler by its four parameters. Its own
 * would answer with the stack.
 */
export const problems =
  (print: (text: string) => void): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    const problem = refusal(error)
    if (problem === undefined) print(`${stackText(error)}\n`)
    if (response.headersSent) next(error)
    else answer(response, problem ?? FAILURE)
  }

/** Undefined where it is not the caller who is told why. */
function refusal(error: unknown): Problem | undefined {
  if (error instanceof RefusedError) return { status: error.status, detail: error.message }
  if (error instanceof PayloadError) return { status: 400, detail: error.message, issues: error.issues }
  if (isBusy(error)) return { status: 503, detail: 'there is no room now; nothing was changed, try again later' }
  const status = statusOf(error)
  return status === undefined ? undefined : { status, detail: 'the request cannot be read' }
}

/** Another process is writing, or the topic is full. */
const isBusy = (error: unknown): boolean =>
  (error instanceof WillcallError && (error.code === 'no_room' || error.code === 'database_busy')) ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))

/** What Express and its body parser throw says what it means. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500 ? status : undefined
}

/** As RFC 9457 says; `about:blank` means that the problem is what its status says. */
function answer(response: Response, { status, detail, issues }: Problem): void {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Refused',
    status,
    detail: bounded(detail),
    issues: issues?.slice(0, MAX_ISSUES).map(({ message, path }) => ({
      message: bounded(message),
      path: path.map(String).map(bounded),
    })),
  }
  if (status === 503) response.set('Retry-After', RETRY_AFTER)
  response
    .status(status)
    .type('application/problem+json')
    .set('X-Content-Type-Options', 'nosniff')
    .send(JSON.stringify(body))
}

const bounded = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text)
