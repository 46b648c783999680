import { errorText } from '../../core/error-text.ts'
import { bareUrl, type CallRequest } from './request.ts'
import { hide, oneLine, redacted } from './redact.ts'
import { secretsOf } from './secrets.ts'

/** Longest piece of a body in an error, in UTF-16 code units. */
const MAX_BODY = 500
/** So much of a body is looked at, in UTF-16 code units. */
const MAX_SEEN = 16_384
const URLS = /https?:\/\/[^\s"'<>]+/gi

/** A call that failed, as its error tells of it in `given`: nothing that its request kept secret is in it. */
export interface FailedCall {
  readonly method: string
  /** Without user, password, query and fragment, cut to 500 characters. */
  readonly url: string
  /** Undefined where no answer came. */
  readonly status: number | undefined
  /** What the answer said, on one line, cut to 500 characters; undefined where it said nothing. */
  readonly body: string | undefined
}

/** What is known of an answer's body; `isCut` where there was more. */
export interface BodyPiece {
  readonly text: string
  readonly isCut: boolean
}

/** What a call's errors may say of it. */
export class CallText {
  readonly call: FailedCall
  readonly #secrets: readonly string[]

  constructor(request: CallRequest, status?: number, body?: BodyPiece) {
    this.#secrets = secretsOf(request)
    this.call = {
      method: request.method.toUpperCase(),
      url: oneLine(hide(bareUrl(request.url), this.#secrets)),
      status,
      body: body === undefined ? undefined : pieceOf(body, this.#secrets),
    }
  }

  /** One sentence: the call, what happened, and what the answer said. */
  sentence(what: string): string {
    const { method, url, body } = this.call
    return `${method} ${url} ${what}${body === undefined ? '' : `: ${body}`}`
  }

  /** What was thrown as a text, without secrets and without the queries of URLs. */
  told(thrown: unknown): string {
    return this.#hidden(errorText(thrown))
  }

  /** What was thrown as it is, where none of its texts tells a secret or the query of a URL. */
  cause(thrown: unknown): unknown {
    const text = errorText(thrown)
    return this.#hidden(text) === text ? thrown : new Error(this.#hidden(text))
  }

  #hidden(text: string): string {
    return hide(text.replace(URLS, (url) => bareUrl(url)).replace(/\/\/[^/\s@]{1,500}@/g, '//'), this.#secrets)
  }
}

/** A part of a text keeps the whole of it in memory, so it is copied. */
function pieceOf({ text, isCut }: BodyPiece, secrets: readonly string[]): string | undefined {
  const isLong = isCut || text.length > MAX_SEEN
  const plain = redacted(text.slice(0, MAX_SEEN), secrets, isLong)
  if (plain === '') return undefined
  return Buffer.from(isLong || plain.length > MAX_BODY ? `${plain.slice(0, MAX_BODY - 1)}…` : plain).toString()
}
