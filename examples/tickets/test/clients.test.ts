import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { PermanentError, UnknownError, Upstream, UpstreamError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { receiptsApi } from '../clients/receipts.ts'
import { spreadsheetsApi } from '../clients/spreadsheets.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from '../../shared/test/server-that.ts'

interface Seen {
  readonly line: string
  readonly correlationId: unknown
  readonly body: string
}

const seen = async (request: IncomingMessage): Promise<Seen> => ({
  line: `${request.method} ${request.url}`,
  correlationId: request.headers['correlation-id'],
  body: await text(request),
})

const receiptsAt = (url: string, upstream = new Upstream('receipts')) => receiptsApi(url, upstream)
const spreadsheetsAt = (url: string, upstream = new Upstream('spreadsheets')) => spreadsheetsApi(url, upstream)

describe('the receipts client', () => {
  it('issues a receipt, and gets the same one when it asks again', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const receipts = receiptsAt(gateway.url)
    const price = { amount: '50.00', currency: 'EUR' }
    const receipt = await receipts.issueReceipt('a', { price, idempotencyKey: 'k' })
    const { issuedAt, ...rest } = receipt
    assert.deepEqual(rest, { number: '00000001', ticketId: 'a', price, idempotencyKey: 'k' })
    assert.ok(issuedAt instanceof Date && !Number.isNaN(issuedAt.getTime()))
    assert.deepEqual(await receipts.issueReceipt('a', { price, idempotencyKey: 'k' }), receipt)
    assert.deepEqual(await receipts.listReceipts(), [receipt])
  })

  it("writes the price in the API's spelling and sends key and Correlation-ID along", async () => {
    const calls: Seen[] = []
    await using server = await serverThat(async (request, response) => {
      calls.push(await seen(request))
      response.end('{"number":"1","ticket_id":"a","issued_at":"2026-01-02T12:00:00Z"}')
    })
    const receipts = receiptsAt(`${server.url}/behind/a/path/`)
    await receipts.issueReceipt('a', {
      price: { amount: '1', currency: 'EUR' },
      idempotencyKey: 'k',
      correlationId: 'c',
    })
    await receipts.issueReceipt('a')
    const line = 'PUT /behind/a/path/receipts-api/receipts'
    const [full, bare] = calls
    assert.deepEqual(full, {
      line,
      correlationId: 'c',
      body: '{"ticket_id":"a","price":{"money_amount":"1","money_currency":"EUR"},"idempotency_key":"k"}',
    })
    assert.deepEqual(bare, { line, correlationId: undefined, body: '{"ticket_id":"a"}' })
  })

  it('fails for good, with the reason, where the API refuses', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const refused = receiptsAt(gateway.url).issueReceipt('')
    await assert.rejects(refused, PermanentError)
    await assert.rejects(refused, /was answered 400: .*ticket_id must be a text/)
  })

  it('tries once: a 500 is for the worker to try again', async () => {
    await using gateway = await startGateway({ failRate: 1 })
    const failed = receiptsAt(gateway.url).listReceipts()
    await assert.rejects(failed, UpstreamError)
    await assert.rejects(failed, /was answered 500: \{"error":"internal error"\}$/)
    assert.equal(gateway.statistics().calls, 1)
  })
})

describe('the spreadsheets client', () => {
  it('appends rows in order, to sheets of any name', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const spreadsheets = spreadsheetsAt(gateway.url)
    const sheets = ['tickets-to-print', 'a/b', '../c', '%2F', 'ü ?#&', '...']
    await Promise.all(sheets.map((sheet) => spreadsheets.appendRow(sheet, [sheet, '50.00'])))
    await spreadsheets.appendRow('tickets-to-print', ['second'])
    const rows = await Promise.all(sheets.map((sheet) => spreadsheets.rows(sheet)))
    assert.deepEqual(rows[0], [['tickets-to-print', '50.00'], ['second']])
    assert.deepEqual(
      rows.slice(1),
      sheets.slice(1).map((sheet) => [[sheet, '50.00']]),
    )
  })

  it('takes an answer without a body', async () => {
    await using server = await serverThat((_, response) => void response.end())
    await spreadsheetsAt(server.url).appendRow('a', ['1'], { correlationId: 'c' })
  })

  for (const name of ['', '.', '..', '\uD800']) {
    it(`refuses a sheet named ${JSON.stringify(name)} before any call`, async () => {
      await using gateway = await startGateway({ failRate: 0 })
      const spreadsheets = spreadsheetsAt(gateway.url)
      await assert.rejects(spreadsheets.appendRow(name, ['1']), /the name of a sheet must be/)
      await assert.rejects(spreadsheets.rows(name), TypeError)
      assert.equal(gateway.statistics().calls, 0)
    })
  }
})

describe('both clients', () => {
  it('say that nobody knows of a row without an answer; a receipt may be asked for again', async () => {
    await using server = await serverThat((_, response) => void response.destroy())
    await assert.rejects(spreadsheetsAt(server.url).appendRow('a', ['1']), UnknownError)
    await assert.rejects(receiptsAt(server.url).issueReceipt('a'), UpstreamError)
  })

  it('put only a bounded piece of the body into an error', async () => {
    await using server = await serverThat((_, response) => void response.writeHead(503).end('x'.repeat(100_000)))
    await assert.rejects(spreadsheetsAt(server.url).rows('a'), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /was answered 503: x{499}…$/)
      return true
    })
  })

  it('close their upstream for as long as the API asks', async () => {
    const clock = new FakeClock()
    const at = new Date(clock.now() + 30_000)
    await using server = await serverThat((_, response) => {
      response.sendDate = false
      response.writeHead(429, { 'Retry-After': at.toUTCString() }).end()
    })
    const receipts = new Upstream('receipts', { clock })
    await assert.rejects(receiptsApi(server.url, receipts, clock).issueReceipt('a'), { retryAfterMs: 30_000 })
    const spreadsheets = new Upstream('spreadsheets', { clock })
    await assert.rejects(spreadsheetsApi(server.url, spreadsheets, clock).rows('a'), { retryAfterMs: 30_000 })
    assert.deepEqual([receipts.closedUntil, spreadsheets.closedUntil], [at, at])
  })

  it('close nothing where the API refuses what it was asked', async () => {
    await using gateway = await startGateway({ failRate: 0, badTicketRate: 1 })
    const upstream = new Upstream('receipts', { failuresToClose: 1 })
    await assert.rejects(receiptsAt(gateway.url, upstream).issueReceipt('a'), /this ticket is bad/)
    assert.equal(upstream.closedUntil, undefined)
  })

  it('give a call up when its signal says so', async () => {
    const arrived = Promise.withResolvers<void>()
    await using server = await serverThat(() => arrived.resolve())
    const stop = new AbortController()
    const call = receiptsAt(server.url).issueReceipt('a', { signal: stop.signal })
    const given = assert.rejects(call, { name: 'AbortError' })
    await arrived.promise
    stop.abort()
    await given
  })

  it('fail where nobody listens', async () => {
    const server = await serverThat(() => {})
    await server[Symbol.asyncDispose]()
    const failed = receiptsAt(server.url).listReceipts()
    await assert.rejects(failed, UpstreamError)
    await assert.rejects(failed, /could not be sent \(ECONNREFUSED\)/)
  })

  it('refuse an address that is no http URL', () => {
    const message = `the gateway's address must be an http or https URL, got "localhost:8888"`
    assert.throws(() => receiptsAt('localhost:8888'), { message })
    assert.throws(() => spreadsheetsAt(''), TypeError)
  })
})
