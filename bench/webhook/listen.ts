import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { stdin, stdout } from 'node:process'

/** Serves until standard input ends, so that no server outlives the benchmark. Says its port first; what `end` answers last. */
export async function listen(app: RequestListener, end: () => Promise<ServerEnd>): Promise<void> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error(`the server must listen on a port, got ${address}`)
  tell({ port: address.port })
  stdin.resume()
  await once(stdin, 'end')
  server.close()
  server.closeAllConnections()
  tell(await end())
}

export interface ServerStart {
  readonly port: number
}

export interface ServerEnd {
  /** Messages that were worked. */
  readonly worked: number
}

function tell(line: ServerStart | ServerEnd): void {
  stdout.write(`${JSON.stringify(line)}\n`)
}
