import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../../src/testing/index.ts'
import { isBadTicket } from '../gateway/bad-ticket.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from '../../shared/test/server-that.ts'
import { until } from '../../shared/test/until.ts'
import { outcomeAt, perfect, post, serving, statisticsOf, ticketsOf } from './serving.ts'

const RECEIPT = '{"number":"1","issued_at":"2026-01-02T12:00:00Z"}'
/** Failures in a row that close an API; those before them spend an attempt each. */
const FAILURES_TO_CLOSE = 5

describe('receipts that are down', () => {
  it('hold no row back; they wait without attempts spent, and are done afterwards', async () => {
    const gatewayClock = new FakeClock()
    await using gateway = await startGateway({ failRate: 0, clock: gatewayClock })
    gateway.beginOutage('receipts', { ms: 1_000, prolongMs: 0 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const tickets = ticketsOf('a', 50)
    await post(service, { tickets })
    await until(async () => {
      const { done, closed } = await statisticsOf(service)
      return done === 50 && closed >= 2
    })
    const receipts = await service.worker.list({ task: 'issueReceipt' })
    assert.equal(receipts.length, 50)
    assert.ok(receipts.reduce((sum, { attempts }) => sum + attempts, 0) < FAILURES_TO_CLOSE)
    await gatewayClock.advance(1_000)
    await service.worker.idle()
    assert.deepEqual(await outcomeAt(gateway.url, tickets), perfect(tickets))
  })

  it('are not called while a 429 asks for that, and the rows go on', async () => {
    let receipts = 0
    await using api = await serverThat((request, response) => {
      request.resume()
      if (request.method !== 'PUT') response.end(RECEIPT)
      else if (receipts++ === 0) response.writeHead(429, { 'Retry-After': '3600' }).end()
    })
    await using service = await serving({ gatewayAddr: api.url, concurrency: 2 })
    await post(service, { tickets: ticketsOf('a', 10) })
    await until(async () => (await statisticsOf(service)).done === 10)
    assert.equal(receipts, 1)
  })

  it('are not called before the time that a 429 asks for, and spend no attempt on that', async () => {
    const askedForMs = 1_000
    const receiptsAt: number[] = []
    await using api = await serverThat((request, response) => {
      request.resume()
      const isFirst = request.method === 'PUT' && receiptsAt.push(performance.now()) === 1
      if (isFirst) response.writeHead(429, { 'Retry-After': String(askedForMs / 1_000) }).end()
      else response.end(RECEIPT)
    })
    await using service = await serving({ gatewayAddr: api.url, concurrency: 2 })
    await post(service, { tickets: ticketsOf('a', 10) })
    await service.worker.idle()
    const [first = 0, second = 0] = receiptsAt
    assert.ok(second - first >= askedForMs - 5)
    assert.equal(receiptsAt.length, 11)
    const done = await service.worker.list({ state: 'done' })
    assert.deepEqual(new Set(done.map(({ attempts }) => attempts)), new Set([0]))
    const { retries, unknown, closed } = await statisticsOf(service)
    assert.deepEqual({ retries, unknown, closed }, { retries: 1, unknown: 0, closed: 1 })
  })

  it('take half of the places at most where they do not answer', async () => {
    const answers = Promise.withResolvers<void>()
    let held = 0
    await using api = await serverThat(async (request, response) => {
      request.resume()
      if (request.method === 'PUT') {
        held += 1
        await answers.promise
      }
      response.end(RECEIPT)
    })
    await using service = await serving({ gatewayAddr: api.url, concurrency: 5 })
    await post(service, { tickets: ticketsOf('a', 20) })
    await until(async () => (await statisticsOf(service)).done === 20)
    assert.equal(held, 3)
    answers.resolve()
    await service.worker.idle()
    assert.equal(held, 20)
  })
})

describe('connections that are reset', () => {
  for (const [what, options] of [
    ['before the effect', { resetBeforeRate: 0.2 }],
    ['after the effect', { resetAfterRate: 0.2 }],
  ] as const) {
    it(`${what} make no second row`, async () => {
      await using gateway = await startGateway({ failRate: 0, ...options })
      await using service = await serving({ gatewayAddr: gateway.url, callTimeoutMs: 300 })
      const tickets = ticketsOf('a', 50)
      await post(service, { tickets })
      await service.worker.idle()
      assert.deepEqual(await outcomeAt(gateway.url, tickets), perfect(tickets))
      const { appendRow } = gateway.statistics().endpoints
      const { unknown, reconciled } = await statisticsOf(service)
      assert.ok(appendRow.failures > 0)
      const tookTooLong = unknown - appendRow.failures
      assert.ok(tookTooLong >= 0)
      if (what === 'after the effect') assert.ok(reconciled >= appendRow.failures)
      else assert.ok(reconciled <= tookTooLong)
    })
  }
})

describe('a bad ticket', () => {
  it('is dead at once, both jobs of it, and the others are done', async () => {
    const bad = { seed: 3, badTicketRate: 0.3 }
    await using gateway = await startGateway({ failRate: 0, ...bad })
    await using service = await serving({ gatewayAddr: gateway.url })
    const tickets = ticketsOf('a', 50)
    await post(service, { tickets })
    await service.worker.idle()
    const good = tickets.filter((ticket) => !isBadTicket(ticket, bad))
    assert.ok(good.length < 50)
    assert.deepEqual(await outcomeAt(gateway.url, good), perfect(good))
    const dead = await service.worker.list({ state: 'dead', limit: 1_000 })
    assert.equal(dead.length, 2 * (50 - good.length))
    assert.deepEqual(new Set(dead.map(({ reason }) => reason)), new Set(['permanent']))
    assert.equal(gateway.statistics().refused, dead.length)
  })

  it('closes no API, however many there are', async () => {
    await using gateway = await startGateway({ failRate: 0, badTicketRate: 1 })
    await using service = await serving({ gatewayAddr: gateway.url })
    await post(service, { tickets: ticketsOf('a', 50) })
    await service.worker.idle()
    const { dead, retries, closed } = await statisticsOf(service)
    assert.deepEqual({ dead, retries, closed }, { dead: 100, retries: 0, closed: 0 })
  })
})
