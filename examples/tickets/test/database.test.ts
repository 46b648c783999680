import assert from 'node:assert/strict'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { startGateway } from '../gateway/gateway.ts'
import { aDatabase, holding, startMain } from './main-process.ts'
import { until } from '../../shared/test/until.ts'
import { jobsOf, outcomeAt, perfect, post, statisticsOf, ticketsOf } from './serving.ts'
import { serverThat } from '../../shared/test/server-that.ts'

const QUICK = { RETRY_MIN_MS: '1', RETRY_MAX_MS: '20', CALL_TIMEOUT_MS: '300' }
const headers = { 'Idempotency-Key': 'order-1' }

/** Until all of these jobs are done, whoever did them. */
const untilDone = (service: { readonly url: string }, done: number): Promise<void> =>
  until(async () => (await statisticsOf(service)).done === done)

describe('a service that is killed', { timeout: 300_000 }, () => {
  it('finishes what it has answered with 202 once it is started again, each ticket once', async () => {
    using database = aDatabase()
    await using gateway = await startGateway({ seed: 3, failRate: 0.2 })
    const env = { ...QUICK, DATABASE: database.path, GATEWAY_ADDR: gateway.url }
    await using service = await startMain(env)
    const tickets = ticketsOf('a', 200)
    const first = await post(service, { tickets }, headers)
    assert.equal(first.status, 202)
    await until(() => gateway.statistics().calls >= 50)
    await service.kill()
    assert.equal(await service.ended, 'SIGKILL')
    assert.ok(gateway.statistics().calls < 400, 'there was something left to do')
    await using next = await startMain(env)
    const again = await post(next, { tickets }, headers)
    assert.deepEqual([again.status, again.body], [202, first.body])
    await untilDone(next, 400)
    assert.deepEqual(await outcomeAt(gateway.url, tickets), perfect(tickets))
  })

  it('asks for a receipt again under the same idempotency key', async () => {
    using database = aDatabase()
    const keys: unknown[] = []
    await using api = await serverThat(async (request, response) => {
      const { idempotency_key } = (await json(request)) as { idempotency_key?: unknown }
      const isFirst = idempotency_key !== undefined && keys.push(idempotency_key) === 1
      if (!isFirst) response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
    })
    const env = { ...QUICK, DATABASE: database.path, GATEWAY_ADDR: api.url, CALL_TIMEOUT_MS: '60000' }
    await using service = await startMain(env)
    const [jobId] = jobsOf(await post(service, { tickets: ['a'] }))
    await until(async () => keys.length === 1 && (await statisticsOf(service)).done === 1)
    await service.kill()
    await using next = await startMain(env)
    await untilDone(next, 2)
    assert.deepEqual(keys, [jobId, jobId])
  })

  it('looks for a row that it was about to append, and makes no second one', async () => {
    using database = aDatabase()
    const rows: unknown[] = []
    const reads: unknown[] = []
    await using api = await serverThat(async (request, response) => {
      if (request.method === 'POST')
        rows.push(((await json(request)) as { columns: unknown }).columns) // Never answered.
      else if (request.method === 'PUT') response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
      else {
        reads.push(request.url)
        response.end(JSON.stringify({ rows }))
      }
    })
    const env = { DATABASE: database.path, GATEWAY_ADDR: api.url, CALL_TIMEOUT_MS: '60000' }
    await using service = await startMain(env)
    await post(service, { tickets: ['a'] })
    await until(async () => rows.length === 1 && (await statisticsOf(service)).done === 1)
    await service.kill()
    await using next = await startMain(env)
    await untilDone(next, 2)
    assert.deepEqual(rows, [['a']])
    assert.equal(reads.length, 1)
    assert.equal((await statisticsOf(next)).reconciled, 1)
  })
})

describe('two services on one database', { timeout: 300_000 }, () => {
  it('share the work, and know the orders of each other', async () => {
    using database = aDatabase()
    await using gateway = await startGateway({ seed: 4, failRate: 0.2 })
    const env = { ...QUICK, DATABASE: database.path, GATEWAY_ADDR: gateway.url }
    await using one = await startMain(env)
    await using other = await startMain(env)
    const orders = ['a', 'b'].map((order) => ticketsOf(order, 100))
    const answers = await Promise.all([
      post(one, { tickets: orders[0] }, headers),
      post(other, { tickets: orders[0] }, headers),
      post(other, { tickets: orders[1] }),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    )
    assert.deepEqual(answers[0]?.body, answers[1]?.body)
    await untilDone(one, 400)
    await untilDone(other, 400)
    assert.deepEqual(await outcomeAt(gateway.url, orders.flat()), perfect(orders.flat()))
  })

  it('are one where the other is killed: it finishes the work of both', async () => {
    using database = aDatabase()
    await using silent = await holding(2)
    await using gateway = await startGateway({ failRate: 0 })
    const env = { ...QUICK, DATABASE: database.path }
    await using one = await startMain({ ...env, GATEWAY_ADDR: silent.url, CALL_TIMEOUT_MS: '60000' })
    const tickets = ticketsOf('a', 10)
    await post(one, { tickets })
    await silent.held
    await using other = await startMain({ ...env, GATEWAY_ADDR: gateway.url })
    await one.kill()
    await untilDone(other, 20)
    assert.deepEqual(await outcomeAt(gateway.url, tickets), perfect(tickets))
  })
})
