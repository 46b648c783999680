import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'

/** An API on a port of its own, over loopback. */
export interface Api extends AsyncDisposable {
  readonly url: string
}

/** It answers each call as it is told. */
export const apiThat = async (answer: RequestListener): Promise<Api> =>
  await listening(createHttpServer(answer), 'http')

/** What it does once bytes have come from a connection; not even HTTP is sure. */
export async function apiWithSockets(act: (socket: Socket) => void): Promise<Api> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('data', () => act(socket))
  })
  return await listening(server, 'http', () => {
    for (const socket of sockets) socket.destroy()
  })
}

/** Nobody listens there any more. */
export async function apiThatIsGone(): Promise<Api> {
  const api = await apiThat(() => {})
  await api[Symbol.asyncDispose]()
  return { url: api.url, [Symbol.asyncDispose]: async () => {} }
}

export async function listening(server: Server | HttpServer, scheme: string, end?: () => void): Promise<Api> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    url: `${scheme}://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      end?.()
      await once(server, 'close')
    },
  }
}
