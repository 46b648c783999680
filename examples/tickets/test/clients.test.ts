import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { isHTTPError, isNetworkError } from 'ky'
import { receiptsApi } from '../clients/receipts.ts'
import { spreadsheetsApi } from '../clients/spreadsheets.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from './server-that.ts'

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

describe('the receipts client', () => {
  it('issues a receipt, and gets the same one when it asks again', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const receipts = receiptsApi(gateway.url)
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
    const receipts = receiptsApi(`${server.url}/behind/a/path/`)
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

  it('fails with the status and the reason where the API refuses', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const refused = receiptsApi(gateway.url).issueReceipt('')
    await assert.rejects(refused, (error) => isHTTPError(error) && error.response.status === 400)
    await assert.rejects(refused, /status code 400 .*ticket_id must be a text/)
  })

  it('tries once: a 500 is for the worker to try again', async () => {
    await using gateway = await startGateway({ failRate: 1 })
    await assert.rejects(receiptsApi(gateway.url).listReceipts(), /status code 500 .*: \{"error":"internal error"\}$/)
    assert.equal(gateway.statistics().calls, 1)
  })
})

describe('the spreadsheets client', () => {
  it('appends rows in order, to sheets of any name', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    const spreadsheets = spreadsheetsApi(gateway.url)
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
    await spreadsheetsApi(server.url).appendRow('a', ['1'], { correlationId: 'c' })
  })

  for (const name of ['', '.', '..', '\uD800']) {
    it(`refuses a sheet named ${JSON.stringify(name)} before any call`, async () => {
      await using gateway = await startGateway({ failRate: 0 })
      const spreadsheets = spreadsheetsApi(gateway.url)
      await assert.rejects(spreadsheets.appendRow(name, ['1']), /the name of a sheet must be/)
      await assert.rejects(spreadsheets.rows(name), TypeError)
      assert.equal(gateway.statistics().calls, 0)
    })
  }
})

describe('both clients', () => {
  it('put only a bounded piece of the body into an error', async () => {
    await using server = await serverThat((_, response) => void response.writeHead(503).end('x'.repeat(100_000)))
    await assert.rejects(spreadsheetsApi(server.url).rows('a'), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /status code 503 .*: x{499}…$/)
      return true
    })
  })

  it('give a call up when its signal says so', async () => {
    const arrived = Promise.withResolvers<void>()
    await using server = await serverThat(() => arrived.resolve())
    const stop = new AbortController()
    const call = receiptsApi(server.url).issueReceipt('a', { signal: stop.signal })
    const given = assert.rejects(call, { name: 'AbortError' })
    await arrived.promise
    stop.abort()
    await given
  })

  it('fail where nobody listens', async () => {
    const server = await serverThat(() => {})
    await server[Symbol.asyncDispose]()
    await assert.rejects(receiptsApi(server.url).listReceipts(), (error) => isNetworkError(error))
  })

  it('refuse an address that is no http URL', () => {
    const message = `the gateway's address must be an http or https URL, got "localhost:8888"`
    assert.throws(() => receiptsApi('localhost:8888'), { message })
    assert.throws(() => spreadsheetsApi(''), TypeError)
  })
})
