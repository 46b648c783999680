import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

/** A server on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
}

/** A server that answers as it is told, for what the fake gateway never does. */
export async function serverThat(
  answer: (...call: Parameters<RequestListener>) => Promise<void> | void,
): Promise<TestServer> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
