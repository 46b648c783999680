import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, it, mock } from 'node:test'
import { Upstream, type UpstreamOptions, Worker } from '../../../src/index.ts'
import { appendToTracker } from '../append-to-tracker.ts'
import { spreadsheetsApi } from '../clients/spreadsheets.ts'
import { serverThat } from '../../shared/test/server-that.ts'
import { ticketsOf } from './serving.ts'

const TIMEOUT_MS = 10_000

/** A sheet whose first call for each row makes it and is never answered, and that is read as `reading` says. */
const lossySheet = async (reading: (read: number, response: ServerResponse) => void = () => {}) => {
  const rows: unknown[] = []
  const readsAt: number[] = []
  const server = await serverThat(async (request, response) => {
    if (request.method === 'POST') {
      rows.push(((await json(request)) as { columns: unknown }).columns)
      response.destroy()
      return
    }
    request.resume()
    reading(readsAt.push(performance.now()), response)
    if (!response.writableEnded) response.end(JSON.stringify({ rows }))
  })
  return { ...server, rows, readsAt }
}

/** Appends these tickets' rows, all at once, and answers once all is done. `reports` counts the failures that its upstream was told. */
const append = async (url: string, tickets: readonly string[], options: UpstreamOptions) => {
  const upstream = new Upstream('spreadsheets', options)
  const reports = mock.method(upstream, 'failed').mock
  const worker = new Worker({
    tasks: { appendToTracker: appendToTracker(spreadsheetsApi(url, upstream), { upstream, timeoutMs: TIMEOUT_MS }) },
    concurrency: 100,
    capacity: 1_000,
    retry: { minMs: 1, maxMs: 20 },
  })
  const stop = new AbortController()
  const run = worker.run(stop.signal)
  await worker.send(
    ...tickets.map(
      (ticketId) =>
        ({ task: 'appendToTracker', sheet: 'tickets-to-print', row: [ticketId], correlationId: 'c' }) as const,
    ),
  )
  await worker.idle()
  stop.abort()
  await run
  const attempts = (await worker.list({ state: 'done', limit: 1_000 })).map((job) => job.attempts)
  return { reports: reports.callCount(), attempts }
}

describe('rows that nobody knows to be there or not', () => {
  it('are looked for together: their reads are shared', async () => {
    await using sheet = await lossySheet()
    const tickets = ticketsOf('a', 300)
    await append(sheet.url, tickets, { failuresToClose: 1_000 })
    assert.deepEqual(new Set(sheet.rows.flat()), new Set(tickets))
    assert.equal(sheet.rows.length, 300)
    assert.ok(sheet.readsAt.length <= 60, `${sheet.readsAt.length} reads`)
  })

  it('count a read that fails for all of them as one failure, and spend no attempt on it', async () => {
    const failing = 3
    await using sheet = await lossySheet((read, response) => {
      if (read <= failing) response.writeHead(500).end()
    })
    const { reports, attempts } = await append(sheet.url, ticketsOf('a', 50), { failuresToClose: 1_000 })
    assert.equal(sheet.rows.length, 50)
    assert.equal(reports, 50 + failing)
    assert.deepEqual(new Set(attempts), new Set([1]))
  })

  it('wait together until the API may be asked again, and spend no attempt on that', async () => {
    const askedForMs = 1_000
    await using sheet = await lossySheet((read, response) => {
      if (read === 1) response.writeHead(503, { 'Retry-After': String(askedForMs / 1_000) }).end()
    })
    const { reports, attempts } = await append(sheet.url, ticketsOf('a', 50), { failuresToClose: 1_000 })
    assert.equal(sheet.rows.length, 50)
    const [first = 0, ...later] = sheet.readsAt
    const early = later.filter((at) => at - first < askedForMs - 5)
    assert.ok(early.length <= 1, 'only the read that others waited for already, since they asked during the first')
    assert.ok(later.length > early.length)
    assert.equal(reports, 50 + 1)
    assert.deepEqual(new Set(attempts), new Set([1]))
  })

  it('are done although a read is never answered, and that is a failure of the API', async () => {
    let reads = 0
    await using sheet = await serverThat((request, response) => {
      request.resume()
      if (request.method === 'POST') response.destroy()
      else if (reads++ > 0) response.end('{"rows":[["a"]]}')
    })
    const upstream = new Upstream('spreadsheets')
    const task = appendToTracker(spreadsheetsApi(sheet.url, upstream), { upstream, timeoutMs: 300 })
    const worker = new Worker({ tasks: { task }, retry: { minMs: 1, maxMs: 1 } })
    const reports = mock.method(upstream, 'failed').mock
    const stop = new AbortController()
    const run = worker.run(stop.signal)
    await worker.send({ task: 'task', sheet: 'tickets-to-print', row: ['a'], correlationId: 'c' })
    await worker.idle()
    stop.abort()
    await run
    assert.match(String(reports.calls.at(-1)?.arguments[0]), /GET .* timed out/)
  })
})
