import { type Clock, type RetryOptions, systemClock } from '../../src/index.ts'
import { openSqlite, openTopics } from '../../src/sqlite.ts'
import { startServer } from '../shared/server.ts'
import { booksApp } from './app.ts'
import { Catalogue } from './catalogue.ts'
import { findPublisher } from './find-publisher.ts'
import type { Gateway } from './gateway/gateway.ts'
import { createTopics, isbnProducer, isbnUpdated } from './isbn-updated.ts'

export interface ServiceOptions {
  /** The path of the file that books and records are kept in. */
  readonly database: string
  readonly gateway: Gateway
  /** The port on 127.0.0.1; 0 picks one. Default: 0. */
  readonly port?: number
  /** Whether a record is tried again where the gateway fails. Default: false. */
  readonly retryGateway?: boolean
  /** Default: the subscription's. */
  readonly retry?: RetryOptions
  /** Gets errors of the gateway, and of requests that are not their callers'. Default: stderr. */
  readonly print?: (text: string) => void
  /** Default: the system's. */
  readonly clock?: Clock
}

export interface Service extends AsyncDisposable {
  readonly url: string
  /** Settles when the consumer has ended: after `stop`, or with the error that ended it. */
  readonly ended: Promise<void>
  /** Takes no more requests, lets the records in work end, and closes the file. Safe to call twice. */
  stop(): Promise<void>
}

/** Resolves once books are taken; their publishers are looked for from then on. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { database, port = 0, clock = systemClock } = options
  await using opened = new AsyncDisposableStack()
  const store = opened.use(openSqlite(database, { clock }))
  const broker = opened.use(openTopics(store))
  await createTopics(broker)
  const catalogue = opened.use(new Catalogue(database))
  const app = booksApp({ ...options, catalogue, updates: isbnProducer(broker) })
  const server = await startServer(app, port, clock)

  const stopping = new AbortController()
  const ended = isbnUpdated.on(broker).subscribe({
    group: 'publishers',
    run: findPublisher({ catalogue, ...options }),
    signal: stopping.signal,
    ...(options.retry && { retry: options.retry }),
  })
  ended.catch(() => {}) // `stop` tells.

  const open = opened.move()
  const stop = async (): Promise<void> => {
    await using _ = open
    await server.close()
    stopping.abort()
    await ended
  }
  let stopped: Promise<void> | undefined
  const stopOnce = (): Promise<void> => (stopped ??= stop())
  return { url: server.url, ended, stop: stopOnce, [Symbol.asyncDispose]: stopOnce }
}
