import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../src/index.ts'

/** Headers that have not arrived after this time are cut off, and so is a connection that says nothing. */
const HEADERS_MS = 8_000
/** The same for a whole request. */
const REQUEST_MS = 9_000
/** How late Node may be with either: it looks this often. So every slow request is cut off within 10 s. */
const CHECK_MS = 500
/** How long requests under way may go on once the server closes. */
const CLOSE_GRACE_MS = 5_000

export interface ListeningServer {
  readonly url: string
  /** Takes no more connections, and resolves once the requests under way are answered, or cut off. Call it once. */
  close(): Promise<void>
}

export interface ServerTimes {
  /** How long the headers of a request may take. Default 8,000. */
  readonly headersMs?: number
  /** How long a whole request may take. Default 9,000. */
  readonly requestMs?: number
  /** How late a slow request may be cut off. Default 500. */
  readonly checkMs?: number
}

/** Serves on the port of 127.0.0.1 (0 picks one), and resolves once it does. */
export async function startServer(
  serve: RequestListener,
  port: number,
  clock: Clock,
  { headersMs = HEADERS_MS, requestMs = REQUEST_MS, checkMs = CHECK_MS }: ServerTimes = {},
): Promise<ListeningServer> {
  /** Connections without a request so far. Node takes them for busy, and would wait for one. */
  const silent = new Set<Socket>()
  const times = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: checkMs }
  const listener: RequestListener = (request, response) => {
    silent.delete(request.socket)
    // A connection that has just been answered would stay open until its keep-alive ends.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections()
    })
    serve(request, response)
  }
  const server = createServer(times, listener)
  // A caller that asks before it sends its body is asked for it by who reads it, or refused.
  server.on('checkContinue', listener)
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')

  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy()
    const cut = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections())
    await closed
    cut.cancel()
  }
  return { url: `http://127.0.0.1:${address.port}`, close }
}
