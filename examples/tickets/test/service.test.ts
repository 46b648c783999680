import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { startGateway } from '../gateway/gateway.ts'
import { startService } from '../service.ts'
import { serverThat } from '../../shared/test/server-that.ts'
import { jobsOf, leftOf, outcomeAt, perfect, post, serving, statisticsOf, ticketsOf } from './serving.ts'

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'

/** Sends one order and answers with the ids that the APIs saw, and the one that was answered. */
const idsOf = async (headers: Record<string, string>) => {
  const seen: unknown[] = []
  await using api = await serverThat((call, response) => {
    seen.push(call.headers['correlation-id'])
    call.resume()
    response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
  })
  await using service = await serving({ gatewayAddr: api.url })
  const { headers: answered } = await post(service, { tickets: ['a'] }, headers)
  await service.worker.idle()
  return { seen, answered: answered.get('Correlation-ID') ?? '' }
}

describe('an order', () => {
  it('ends with one receipt and one row for each ticket, although three of ten calls fail', async () => {
    await using gateway = await startGateway({ seed: 3 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const orders = ['a', 'b', 'c'].map((order) => ticketsOf(order, 50))
    const answers = await Promise.all(orders.map((tickets) => post(service, { tickets })))
    for (const answer of answers) {
      assert.equal(answer.status, 202)
      assert.equal(new Set(jobsOf(answer)).size, 100)
    }
    await service.worker.idle()
    assert.ok(gateway.statistics().failures > 50)
    assert.deepEqual(await outcomeAt(gateway.url, orders.flat()), perfect(orders.flat()))
  })

  it('sent again under its Idempotency-Key gets the first answer and doubles nothing', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const tickets = ticketsOf('a', 10)
    const headers = { 'Idempotency-Key': 'order-1' }
    const first = await post(service, { tickets }, { ...headers, 'Correlation-ID': 'one' })
    const meanwhile = await post(service, { tickets }, { ...headers, 'Correlation-ID': 'two' })
    await service.worker.idle()
    const later = await post(service, { tickets }, headers)
    await service.worker.idle()
    assert.deepEqual([first.status, meanwhile.status, later.status], [202, 202, 202])
    assert.deepEqual(meanwhile.body, first.body)
    assert.deepEqual(later.body, first.body)
    assert.equal(gateway.statistics().calls, 20)
    assert.deepEqual(await outcomeAt(gateway.url, tickets), perfect(tickets))
  })

  it('under the Idempotency-Key of another one is refused, and nothing is kept', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } })
    const headers = { 'Idempotency-Key': 'order-1' }
    await post(service, { tickets: ['a'] }, headers)
    const { status } = await post(service, { tickets: ['b'] }, headers)
    assert.equal(status, 422)
    assert.equal(await leftOf(service), 2)
  })

  it('makes no second row for a ticket that an earlier order had', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    await using service = await serving({ gatewayAddr: gateway.url })
    await post(service, { tickets: ['a', 'b'] })
    await service.worker.idle()
    assert.equal((await post(service, { tickets: ['b', 'c', 'c'] })).status, 202)
    await service.worker.idle()
    assert.deepEqual(await outcomeAt(gateway.url, ['a', 'b', 'c']), perfect(['a', 'b', 'c']))
  })

  it('of 10,000 tickets is taken whole; the next one is told to come again where there is no room', async () => {
    const options = { gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } }
    await using service = await serving(options, { maxPending: 20_000 })
    const answer = await post(service, { tickets: ticketsOf('a', 10_000) })
    assert.equal(answer.status, 202)
    assert.equal(jobsOf(answer).length, 20_000)
    const refused = await post(service, { tickets: ['b'] })
    assert.equal(refused.status, 503)
    assert.match(refused.headers.get('Retry-After') ?? '', /^[1-9]\d*$/)
    assert.equal(await leftOf(service), 20_000)
  })

  it('may have tickets of 200 characters', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1 })
    assert.equal((await post(service, { tickets: ['x'.repeat(200), 'ü'.repeat(200)] })).status, 202)
  })

  it('with a ticket that the API refuses is dead at once, its other tickets are done', async () => {
    const bad = 'bad'
    await using api = await serverThat(async (call, response) => {
      const refused = (await text(call)).includes(bad)
      response.writeHead(refused ? 400 : 200).end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
    })
    await using service = await serving({ gatewayAddr: api.url })
    await post(service, { tickets: ['a', bad, 'b'] })
    await service.worker.idle()
    const dead = await service.worker.list({ state: 'dead' })
    assert.deepEqual(
      dead.map(({ task, reason }) => ({ task, reason })),
      ['issueReceipt', 'appendToTracker'].map((task) => ({ task, reason: 'permanent' })),
    )
  })
})

describe('a wrong order', () => {
  const wrong: readonly [what: string, body: unknown][] = [
    ['no JSON', '{"tickets":'],
    ['no body', ''],
    ['an array', []],
    ['no tickets', {}],
    ['tickets that are a text', { tickets: 'a' }],
    ['an empty list', { tickets: [] }],
    ['an empty ticket', { tickets: ['a', ''] }],
    ['a ticket that is a number', { tickets: ['a', 7] }],
    ['a ticket of 201 characters', { tickets: ['x'.repeat(201)] }],
    ['a ticket that is no Unicode', '{"tickets":["\\ud800"]}'],
  ]
  for (const [what, body] of wrong) {
    it(`with ${what} is answered with 400, and nothing is kept`, async () => {
      await using service = await serving({ gatewayAddr: NOWHERE })
      const answer = await post(service, body)
      assert.equal(answer.status, 400)
      assert.match(answer.headers.get('Content-Type') ?? '', /^application\/problem\+json/)
      assert.ok(answer.headers.get('Correlation-ID'))
      assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:/)
      assert.deepEqual(await service.worker.count(), { waiting: 0, running: 0, done: 0, dead: 0 })
    })
  }

  it('with 10,001 tickets is answered with 413, and nothing is kept', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE })
    const answer = await post(service, { tickets: ticketsOf('a', 10_001) })
    assert.equal(answer.status, 413)
    assert.match(JSON.stringify(answer.body), /at most 10000 tickets/)
    assert.deepEqual(await service.worker.count(), { waiting: 0, running: 0, done: 0, dead: 0 })
  })
})

describe('the Correlation-ID', () => {
  it('of an order is echoed and goes along on both calls', async () => {
    const { seen, answered } = await idsOf({ 'Correlation-ID': 'order 7' })
    assert.equal(answered, 'order 7')
    assert.deepEqual(seen, ['order 7', 'order 7'])
  })

  for (const [what, given] of [
    ['absent', undefined],
    ['empty', ''],
    ['too long', 'x'.repeat(201)],
    ['no ASCII', '\u00FC'],
  ] as const) {
    it(`is made where it is ${what}`, async () => {
      const { seen, answered } = await idsOf(given === undefined ? {} : { 'Correlation-ID': given })
      assert.match(answered, /^[\da-f-]{36}$/)
      assert.deepEqual(seen, [answered, answered])
    })
  }
})

describe('the service', () => {
  it('says that it is well', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE })
    const response = await fetch(`${service.url}/health`)
    assert.equal(response.status, 200)
    assert.equal(await response.text(), 'ok')
  })

  it('answers 404 where there is nothing', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE })
    const response = await fetch(`${service.url}/tickets`, { method: 'POST' })
    assert.equal(response.status, 404)
    assert.deepEqual(await response.json(), { type: 'about:blank', title: 'Not Found', status: 404 })
  })

  it('counts what it did', async () => {
    await using gateway = await startGateway({ seed: 2, failRate: 0.2 })
    await using service = await serving({ gatewayAddr: gateway.url, concurrency: 2 })
    await post(service, { tickets: ticketsOf('a', 20) })
    await service.worker.idle()
    const retries = gateway.statistics().failures
    assert.ok(retries > 0)
    const nothing = { waiting: 0, running: 0, dead: 0, unknown: 0, reconciled: 0, closed: 0 }
    assert.deepEqual(await statisticsOf(service), { ...nothing, done: 40, retries })
  })

  it('does not start where its port is taken', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE })
    const port = Number(new URL(service.url).port)
    await assert.rejects(startService({ gatewayAddr: NOWHERE, port }), { code: 'EADDRINUSE' })
  })

  it('does not wait for connections that never said anything when it stops', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE })
    const { hostname, port } = new URL(service.url)
    const silent = connect(Number(port), hostname)
    await once(silent, 'connect')
    await (await fetch(`${service.url}/health`)).text() // By now the server knows of both connections.
    const lost = once(silent, 'close')
    const began = performance.now()
    await Promise.all([service.stop(), lost])
    assert.ok(performance.now() - began < 4_000)
  })

  it('answers a request that is under way while it stops, closes its connection, and stops twice', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, retry: { minMs: 60_000 } })
    const agent = new Agent({ keepAlive: true })
    const call = request(`${service.url}/tickets-confirmation`, {
      method: 'POST',
      agent,
      headers: { 'Content-Type': 'application/json', Expect: '100-continue' },
    })
    call.flushHeaders()
    await once(call, 'continue')
    const stopped = [service.stop(), service.stop()]
    call.end('{"tickets":["a"]}')
    const [response] = await once(call, 'response')
    assert.equal(response.statusCode, 202)
    response.resume()
    await Promise.all(stopped)
    assert.equal(await leftOf(service), 2)
    await assert.rejects(fetch(`${service.url}/health`))
    agent.destroy()
  })
})
