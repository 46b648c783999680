import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../src/index.ts'

/** A request that has not arrived after this time is cut off. */
const REQUEST_MS = 30_000
/** How long requests under way may go on once the server closes. */
const CLOSE_GRACE_MS = 5_000

export interface ListeningServer {
  readonly url: string
  /** Takes no more connections, and resolves once the requests under way are answered, or cut off. Call it once. */
  close(): Promise<void>
}

/** Serves on the port of 127.0.0.1 (0 picks one), and resolves once it does. */
export async function startServer(serve: RequestListener, port: number, clock: Clock): Promise<ListeningServer> {
  /** Connections without a request so far. Node takes them for busy, and would wait for one. */
  const silent = new Set<Socket>()
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    silent.delete(request.socket)
    // A connection that has just been answered would stay open until its keep-alive ends.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections()
    })
    serve(request, response)
  })
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
