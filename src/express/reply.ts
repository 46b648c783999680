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

/** Writes head and body in one piece. */
export function write(reply: Reply, response: ServerResponse): void {
  writeHead(reply, response).end(reply.body)
}

export function writeHead({ status, headers, body }: Reply, response: ServerResponse): ServerResponse {
  return response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
}
