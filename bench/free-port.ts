import { once } from 'node:events'
import { createServer } from 'node:net'

/** For servers that cannot pick a port by themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`there must be a free port, got ${address}`)
  return address.port
}
