import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { systemClock } from '../../src/index.ts'
import { startServer } from '../shared/server.ts'

/** Fakes of the search API and of the notification API. */
export interface Outside extends AsyncDisposable {
  readonly url: string
  /** The posts that can be found. */
  readonly indexed: ReadonlySet<string>
  /** The post of each notification that went out. */
  readonly notified: readonly string[]
}

/**
 * `PUT /search/<post>` answers 503 as often as `refusals` says for this post, and takes it then. `POST /notifications` notifies once
 * for each `Idempotency-Key`, as such APIs do.
 */
export async function startOutside(refusals: ReadonlyMap<string, number>): Promise<Outside> {
  const left = new Map(refusals)
  const indexed = new Set<string>()
  const notified: string[] = []
  const keys = new Set<string>()

  const index = (post: string): number => {
    const refused = left.get(post) ?? 0
    left.set(post, refused - 1)
    if (refused > 0) return 503
    indexed.add(post)
    return 204
  }
  const notify = async (request: IncomingMessage): Promise<number> => {
    const { post } = (await json(request)) as { readonly post: string }
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || keys.has(key)) return typeof key === 'string' ? 202 : 400
    keys.add(key)
    notified.push(post)
    return 202
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, api, post = ''] = request.url?.split('/') ?? []
    if (request.method === 'PUT' && api === 'search') response.writeHead(index(post)).end()
    else if (request.method === 'POST' && api === 'notifications') response.writeHead(await notify(request)).end()
    else response.writeHead(404).end()
    request.resume()
  }
  const failed = (response: ServerResponse) => (): void => void response.writeHead(400).end()
  const server = await startServer(
    (request, response) => void answer(request, response).catch(failed(response)),
    0,
    systemClock,
  )
  return { url: server.url, indexed, notified, [Symbol.asyncDispose]: () => server.close() }
}
