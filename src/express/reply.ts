import type { ServerResponse } from 'node:http'
import type { JobId } from '../core/message.ts'

/** An answer, ready to be written. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const accepted = (jobs: readonly JobId[]): Reply => ({
  status: 202,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jobs }),
})

/** Writes head and body in one piece, unless the caller has gone or someone else has answered. */
export function write({ status, headers, body }: Reply, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}
