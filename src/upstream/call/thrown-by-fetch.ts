const MAX_CAUSES = 5

/** What undici says where it made no call at all: it refuses the address, or what is asked. */
const NOT_MADE: ReadonlySet<unknown> = new Set([
  'bad port',
  'invalid scheme',
  'unknown scheme',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
])
/** No connection was made, so the call never left. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** System calls before anything is sent. */
const BEFORE: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo'])
/** What OpenSSL finds wrong with a certificate, as Node's page on TLS lists it. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|ERROR_IN_C|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/
/** Of OpenSSL's other errors those that end a handshake; the rest may come later, on a connection in use. */
const HANDSHAKE =
  /^ERR_SSL_.*(?:CERTIFICATE|CIPHER|HANDSHAKE|HTTP_REQUEST|INSUFFICIENT_SECURITY|NO_PROTOCOL|PROTOCOL_VERSION|UNKNOWN_CA|UNRECOGNIZED_NAME|UNSUPPORTED_PROTOCOL|WRONG_VERSION|VERSION_TOO_LOW)/
/** Node's text for a connection that ended during the handshake; its code is that of any reset. */
const ENDED_BEFORE_TLS = 'Client network socket disconnected before secure TLS connection was established'

/** Of `fetch` in Node, as it is said for every failure of the network, before and during the body. */
const NETWORK: ReadonlySet<string> = new Set(['fetch failed', 'terminated'])
const SYSTEM_CODE = /^(?:E(?!RR_)[A-Z]|UND_ERR_)/

/** How far a call got that has no answer: `not_made` (what was asked for cannot be sent), `never_sent`, or `unanswered` (nobody knows). */
export type HowFar = 'never_sent' | 'not_made' | 'unanswered'

export function howFar(thrown: unknown): HowFar {
  const links = chainOf(thrown)
  if (links.some((link) => NOT_MADE.has(link.code ?? link.message))) return 'not_made'
  return links.some(isBeforeSent) ? 'never_sent' : 'unanswered'
}

/** Whether it says that the network failed; else it says that `fetch` was used wrongly, or is of somebody else's making. */
export const isOfNetwork = (thrown: unknown): boolean =>
  chainOf(thrown).some((link) => NETWORK.has(link.message) || SYSTEM_CODE.test(link.code ?? '') || isBeforeSent(link))

/** What it was thrown for: by itself it says no more than that `fetch` failed. */
export const withoutFetch = (thrown: unknown): unknown =>
  thrown instanceof Error && NETWORK.has(thrown.message) ? (thrown.cause ?? thrown) : thrown

/** The first code among its causes. */
export const codeOf = (thrown: unknown): string | undefined =>
  chainOf(thrown).find((link) => link.code !== undefined)?.code

function isBeforeSent({ code = '', syscall, message }: Link): boolean {
  return (
    NEVER_SENT.has(code) ||
    BEFORE.has(syscall) ||
    CERTIFICATE.test(code) ||
    HANDSHAKE.test(code) ||
    message === ENDED_BEFORE_TLS
  )
}

/** An error or a cause of it. */
interface Link {
  readonly message: string
  readonly code: string | undefined
  readonly syscall: unknown
}

function chainOf(thrown: unknown): readonly Link[] {
  const links: Link[] = []
  for (let cause = thrown; cause instanceof Error && links.length < MAX_CAUSES; cause = causeOf(cause)) {
    const { code, syscall } = cause as { readonly code?: unknown; readonly syscall?: unknown }
    links.push({ message: cause.message, code: typeof code === 'string' ? code : undefined, syscall })
  }
  return links
}

/** Where several addresses of a host were tried in vain, the failure of the first. */
const causeOf = (error: Error): unknown => (error instanceof AggregateError ? error.errors[0] : error.cause)
