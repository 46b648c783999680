import type { IncomingMessage, ServerResponse } from 'node:http'

/** What the webhook reads of a request of Express. */
export type HttpRequest = IncomingMessage & {
  /** The whole path, where `url` is only what is left of it below a router. */
  readonly originalUrl?: string
  readonly body?: unknown
}

/** What `messages` may know of a request beside its body. */
export interface WebhookRequest {
  /** The header's value, whatever the case of the name. */
  readonly header: (name: string) => string | undefined
}

/** Holds the headers, and nothing else of the request. */
export function webhookRequest({ headers }: HttpRequest): WebhookRequest {
  return {
    header: (name) => {
      const lower = name.toLowerCase()
      const value = Object.hasOwn(headers, lower) ? headers[lower] : undefined
      return typeof value === 'object' ? value.join(', ') : value
    },
  }
}

/** Without the query, which may hold secrets. */
export function pathOf({ originalUrl, url }: HttpRequest): string {
  const whole = String(originalUrl ?? url)
  const query = whole.indexOf('?')
  return query === -1 ? whole : whole.slice(0, query)
}

/** How many bytes the body is said to have; undefined where they are sent in chunks. */
export function lengthOf({ headers }: HttpRequest): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/**
 * Whether the caller waits to be asked for its body (`Expect: 100-continue`), and was not. Node asks by itself, unless the server
 * listens to `checkContinue`.
 */
export function waitsToSend({ headers }: HttpRequest, response: ServerResponse): boolean {
  return headers.expect !== undefined && (response as { readonly _sent100?: boolean })._sent100 !== true
}

/** Whether someone has begun to read the body, so that it cannot be read here any more. */
export function isBodyRead(request: HttpRequest): boolean {
  return request.readableDidRead || request.readableEnded || request.readableEncoding !== null
}
