import { join } from 'node:path'
import { openSqlite, type SqliteOptions } from '../../../src/sqlite.ts'
import { readBooks } from '../demo/books.ts'
import { outcomeOf, type Outcome } from '../demo/outcome.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { type Service, type ServiceOptions, startService } from '../service.ts'
import type { ServiceStatistics } from '../statistics.ts'

/** A service in this process, on a file of its own, that stops with its test, and tries again within milliseconds. */
export async function serving(
  options: Omit<ServiceOptions, 'store'>,
  sqlite: SqliteOptions = {},
): Promise<Service & AsyncDisposable> {
  await using parts = new AsyncDisposableStack()
  const folder = parts.use(temporaryFolder('tickets'))
  const store = parts.use(openSqlite(join(folder.path, 'tickets.db'), sqlite))
  const service = await startService({ retry: { minMs: 1, maxMs: 20 }, ...options, store })
  parts.defer(async () => void (await service.stop()))
  const open = parts.move()
  return { ...service, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Stops it, and answers with how many of its jobs are neither done nor dead. */
export async function leftOf({ worker, stop }: Service): Promise<number> {
  await stop()
  const { waiting, running } = await worker.count()
  return waiting + running
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Posts an order. A text is sent as it is. */
export async function post(
  { url }: Pick<Service, 'url'>,
  order: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/tickets-confirmation`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof order === 'string' ? order : JSON.stringify(order),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** The ids that a 202 answers with. */
export const jobsOf = ({ body }: Answer): readonly string[] => (body as { jobs: readonly string[] }).jobs

/** `count` tickets of an order. */
export const ticketsOf = (order: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${order}-${index + 1}`)

/** What the APIs have of these tickets, which are confirmed. */
export async function outcomeAt(gatewayAddr: string, tickets: readonly string[]): Promise<Outcome> {
  const books = await readBooks(gatewayAddr, new AbortController().signal)
  return outcomeOf(
    tickets.map((id) => ({ id, status: 'confirmed' })),
    books,
  )
}

/** Each of them has exactly one receipt and one row to print. */
export const perfect = (tickets: readonly string[]): Outcome => ({
  tickets: tickets.length,
  canceled: 0,
  bad: 0,
  receipts: tickets.length,
  rows: tickets.length,
  doubled: [],
  lost: [],
})

/** What the service says that it has and did. */
export async function statisticsOf({ url }: Pick<Service, 'url'>): Promise<ServiceStatistics> {
  return (await (await fetch(`${url}/statistics`)).json()) as ServiceStatistics
}
