import ky, { isHTTPError, type KyInstance } from 'ky'

/** The longest piece of an answer's body that becomes part of an error, in UTF-16 code units. */
const MAX_BODY_PIECE = 500

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up. Default: it waits for its answer. */
  readonly signal?: AbortSignal | undefined
  /** Sent as `Correlation-ID`. Default: none; the API makes one. */
  readonly correlationId?: string | undefined
}

/**
 * A client of the API at `path` behind the gateway. It tries once and has no time-out: the worker's retry and its task's
 * time-out act. An answer of 300 or more is thrown as ky's HTTPError, with the status and a piece of the body in its message.
 */
export function gatewayClient(gatewayAddr: string, path: string): KyInstance {
  return ky.create({
    baseUrl: new URL(path, rootOf(gatewayAddr)),
    retry: 0,
    timeout: false,
    hooks: {
      beforeError: [
        ({ error }) => {
          if (isHTTPError(error) && error.data !== undefined) error.message += `: ${pieceOf(error.data)}`
          return error
        },
      ],
    },
  })
}

/** The options of ky for one call. */
export function callOptions({ signal, correlationId }: CallOptions): {
  signal?: AbortSignal
  headers: Record<string, string>
} {
  return {
    ...(signal && { signal }),
    headers: correlationId === undefined ? {} : { 'Correlation-ID': correlationId },
  }
}

function rootOf(gatewayAddr: string): string {
  if (!/^https?:$/.test(URL.parse(gatewayAddr)?.protocol ?? '')) {
    throw new TypeError(`the gateway's address must be an http or https URL, got ${JSON.stringify(gatewayAddr)}`)
  }
  return gatewayAddr.endsWith('/') ? gatewayAddr : `${gatewayAddr}/`
}

function pieceOf(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return text.length > MAX_BODY_PIECE ? `${text.slice(0, MAX_BODY_PIECE - 1)}…` : text
}
