import type { RequestListener } from 'node:http'
import { systemClock } from '../../../src/index.ts'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import type { Broker } from '../../../src/topics.ts'
import { startServer } from '../../shared/server.ts'
import { booksApp } from '../app.ts'
import { Catalogue } from '../catalogue.ts'
import { createTopics, type IsbnProducer, isbnProducer } from '../isbn-updated.ts'
import { aDatabase } from './shelf.ts'

const TOPIC = 'isbn-updated'
const PARTITIONS = [0, 1, 2]

export interface Published {
  readonly key: string | undefined
  readonly payload: unknown
}

export interface Office extends AsyncDisposable {
  readonly url: string
  readonly catalogue: Catalogue
  /** What requests have left on stderr. */
  readonly printed: readonly string[]
  /** What is in the topic so far; the records of one book are in their order. */
  published(): Promise<readonly Published[]>
}

export interface OfficeOptions {
  /** Stands before the producer. Default: nothing does. */
  readonly producer?: (real: IsbnProducer) => IsbnProducer
  /** Of a partition of the topic. Default: the broker's. */
  readonly maxTopicBytes?: number
}

/** The HTTP side of the service on a file of its own, and nobody who reads what it publishes. */
export async function anOffice({ producer = (real) => real, ...options }: OfficeOptions = {}): Promise<Office> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(aDatabase()).path
  const broker = parts.use(openTopics(parts.use(openSqlite(database)), options))
  await createTopics(broker)
  const catalogue = parts.use(new Catalogue(database))
  const printed: string[] = []
  const updates = producer(isbnProducer(broker))
  const app = booksApp({ catalogue, updates, print: (text) => printed.push(text) })
  const server = await startServer(app as RequestListener, 0, systemClock)
  parts.defer(() => server.close())
  const open = parts.move()
  return {
    url: server.url,
    catalogue,
    printed,
    published: () => publishedOn(broker),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

let readers = 0

/** Reads from the beginning to a mark that is put at the end of each partition. */
async function publishedOn(broker: Broker): Promise<readonly Published[]> {
  const reader = `reader-${(readers += 1)}`
  await broker.publish(
    TOPIC,
    PARTITIONS.map((partition) => ({ partition, payload: null, headers: { reader } })),
  )
  const published: Published[] = []
  const read = new AbortController()
  let marks = 0
  await broker.subscribe({
    topics: [TOPIC],
    group: reader,
    order: 'partition',
    signal: read.signal,
    run: (payload, { record }) => {
      if (record.headers['reader'] === undefined) published.push({ key: record.key, payload })
      else if (record.headers['reader'] === reader && (marks += 1) === PARTITIONS.length) read.abort()
    },
  })
  return published
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Sends a request, its body as JSON. A text is sent as it is. */
export async function ask(
  { url }: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
): Promise<Answer> {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}${path}`, { method, ...(sent === undefined ? {} : { body: sent, headers }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}
