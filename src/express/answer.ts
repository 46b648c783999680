import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { BodyLimits } from './body.ts'
import { type Reply, write, writeHead } from './reply.ts'
import { type HttpRequest, lengthOf, waitsToSend } from './request.ts'

/** Largest body that is thrown away after a refusal, so that the connection stays good; for a larger one it is closed. */
const MAX_DISCARDED_BYTES = 1_048_576
/** How long a caller that still sends may take to read its answer before the connection is closed. */
const LINGER_MS = 1_000

/**
 * Answers at once, whether the body has arrived or not. Where the rest of it is small, it is thrown away, and must be there within
 * `bodyMs`; where it is not, or came too slowly, the connection is closed.
 */
export function answer(
  reply: Reply,
  request: HttpRequest,
  response: ServerResponse,
  { bodyMs, clock }: Pick<BodyLimits, 'bodyMs' | 'clock'>,
): void {
  if (response.destroyed || response.headersSent) return
  if (request.complete) return write(reply, response)
  if (reply.status === 408 || waitsToSend(request, response)) return write(closing(reply), response)
  if ((lengthOf(request) ?? Number.POSITIVE_INFINITY) > MAX_DISCARDED_BYTES) {
    return linger(closing(reply), request, response, clock)
  }
  write(reply, response)
  awaitRest(request, bodyMs, clock)
}

const closing = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, connection: 'close' } })

/** Node throws away what comes of it. Its end is told by the request, or by the connection where that ends before. */
function awaitRest(request: HttpRequest, bodyMs: number, clock: Clock): void {
  const { socket } = request
  const timer = clock.after(bodyMs, () => socket.destroy())
  const end = (): void => {
    timer.cancel()
    request.off('close', end)
    socket.off('close', end)
  }
  request.on('close', end)
  socket.on('close', end)
}

/** Closed at once, the connection would be reset, and its caller, which still sends, might never read the answer. */
function linger(reply: Reply, request: HttpRequest, response: ServerResponse, clock: Clock): void {
  writeHead(reply, response).write(reply.body)
  const end = (): void => {
    timer.cancel()
    if (!response.destroyed) response.end()
  }
  const timer = clock.after(LINGER_MS, end)
  request.once('close', end).resume()
}
