import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../../src/testing/index.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../gateway/gateway.ts'
import { Outages } from '../gateway/outages.ts'

const RECEIPTS = '/receipts-api/receipts'
const ROWS = '/spreadsheets-api/sheets/tickets-to-print/rows'
const HOUR_MS = 3_600_000
/** At a rate of 0.5 it strikes the first write of either API, but not the second and third, nor the first five reads. */
const SEED = 72_927

const statusOf = async ({ url }: Gateway, method: string, path: string, body?: unknown): Promise<number> => {
  const response = await fetch(`${url}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  await response.arrayBuffer()
  return response.status
}
const putReceipt = (gateway: Gateway): Promise<number> => statusOf(gateway, 'PUT', RECEIPTS, { ticket_id: 'a' })
const postRow = (gateway: Gateway): Promise<number> => statusOf(gateway, 'POST', ROWS, { columns: ['a'] })
const getReceipts = (gateway: Gateway): Promise<number> => statusOf(gateway, 'GET', RECEIPTS)
const getRows = (gateway: Gateway): Promise<number> => statusOf(gateway, 'GET', ROWS)

const quiet = async (options: GatewayOptions = {}) => {
  const clock = new FakeClock()
  const gateway = await startGateway({ failRate: 0, clock, ...options })
  return { clock, gateway, [Symbol.asyncDispose]: () => gateway.close() }
}

describe('an outage', () => {
  it('strikes every call of its API alone, reads too, without effect and without Retry-After', async () => {
    await using parts = await quiet()
    const { clock, gateway } = parts
    gateway.beginOutage('receipts', { ms: 1_000, prolongMs: 0 })
    assert.deepEqual([await putReceipt(gateway), await getReceipts(gateway)], [503, 503])
    assert.deepEqual([await postRow(gateway), await getRows(gateway)], [200, 200])
    const { status, headers } = await fetch(`${gateway.url}${RECEIPTS}`)
    assert.deepEqual([status, headers.get('Retry-After')], [503, null])
    await clock.advance(1_000)
    assert.deepEqual(await (await fetch(`${gateway.url}${RECEIPTS}`)).json(), [])
    assert.equal(await putReceipt(gateway), 201)
  })

  it('of the spreadsheets leaves receipts alone', async () => {
    await using parts = await quiet()
    const { gateway } = parts
    gateway.beginOutage('spreadsheets')
    assert.deepEqual([await postRow(gateway), await getRows(gateway)], [503, 503])
    assert.deepEqual([await putReceipt(gateway), await getReceipts(gateway)], [201, 200])
  })

  it('is made longer by each call into it, and is over after that', async () => {
    await using parts = await quiet()
    const { clock, gateway } = parts
    gateway.beginOutage('receipts', { ms: 1_000, prolongMs: 100 })
    assert.deepEqual([await putReceipt(gateway), await getReceipts(gateway)], [503, 503])
    await clock.advance(1_199)
    assert.equal(await putReceipt(gateway), 503)
    assert.deepEqual(gateway.statistics().outages.receipts, [{ calls: 3, lengthMs: 1_300, restMs: 101 }])
    await clock.advance(100)
    assert.deepEqual(gateway.statistics().outages.receipts, [{ calls: 3, lengthMs: 1_300, restMs: 1 }])
    await clock.advance(1)
    assert.equal(await putReceipt(gateway), 201)
    assert.deepEqual(gateway.statistics().outages, {
      receipts: [{ calls: 3, lengthMs: 1_300, restMs: 0 }],
      spreadsheets: [],
    })
    assert.deepEqual(gateway.statistics().failuresByName, { outage: 3 })
  })

  it('begins with the call that drew it, for its API', async () => {
    await using parts = await quiet({ seed: SEED, outageRate: 0.5, outageMs: 1_000, outageProlongMs: 10 })
    const { clock, gateway } = parts
    assert.deepEqual([await getReceipts(gateway), await getRows(gateway)], [200, 200])
    assert.equal(await putReceipt(gateway), 503)
    assert.deepEqual([await getReceipts(gateway), await getRows(gateway)], [503, 200])
    assert.deepEqual(gateway.statistics().outages.receipts, [{ calls: 2, lengthMs: 1_010, restMs: 1_010 }])
    await clock.advance(1_010)
    assert.deepEqual([await putReceipt(gateway), await getReceipts(gateway)], [201, 200])
    assert.equal(await postRow(gateway), 503)
    const { outages, failuresByName } = gateway.statistics()
    assert.deepEqual(outages, {
      receipts: [{ calls: 2, lengthMs: 1_010, restMs: 0 }],
      spreadsheets: [{ calls: 1, lengthMs: 1_000, restMs: 1_000 }],
    })
    assert.deepEqual(failuresByName, { outage: 3 })
  })

  it('comes before whatever a call drew, and takes no number of a later call', async () => {
    await using parts = await quiet({ seed: SEED, failRate: 0.5 })
    const { clock, gateway } = parts
    gateway.beginOutage('receipts', { ms: 1_000, prolongMs: 0 })
    assert.equal(await putReceipt(gateway), 503)
    await clock.advance(1_000)
    assert.deepEqual([await putReceipt(gateway), await postRow(gateway)], [201, 500])
  })

  it('ends where another one of its API begins', async () => {
    await using parts = await quiet()
    const { clock, gateway } = parts
    gateway.beginOutage('receipts')
    await getReceipts(gateway)
    await clock.advance(500)
    assert.deepEqual(gateway.beginOutage('receipts', { ms: 1 }), { calls: 0, lengthMs: 1, restMs: 1 })
    assert.deepEqual(gateway.statistics().outages.receipts, [
      { calls: 1, lengthMs: 500, restMs: 0 },
      { calls: 0, lengthMs: 1, restMs: 1 },
    ])
    await clock.advance(1)
    assert.equal(await getReceipts(gateway), 200)
  })

  it('never has more than an hour left', () => {
    const clock = new FakeClock()
    const outages = new Outages(clock, { outageMs: HOUR_MS, outageProlongMs: HOUR_MS })
    for (let calls = 0; calls < 3; calls += 1) outages.strike()
    assert.deepEqual(outages.counts(), [{ calls: 3, lengthMs: HOUR_MS, restMs: HOUR_MS }])
  })

  it('is forgotten after a hundred others', () => {
    const outages = new Outages(new FakeClock())
    for (let ms = 1; ms <= 101; ms += 1) outages.begin({ ms })
    assert.equal(outages.counts().length, 100)
    assert.equal(outages.counts().at(-1)?.lengthMs, 101)
  })
})

describe('an outage that is asked for', () => {
  it('begins at once, and is told with its length', async () => {
    await using parts = await quiet({ failRate: 1 })
    const { gateway } = parts
    const body = JSON.stringify({ api: 'spreadsheets', ms: 20_000, prolongMs: 100 })
    const response = await fetch(`${gateway.url}/outages`, { method: 'POST', body })
    assert.equal(response.status, 201)
    assert.deepEqual(await response.json(), { calls: 0, lengthMs: 20_000, restMs: 20_000 })
    assert.deepEqual([await getRows(gateway), await getReceipts(gateway)], [503, 500])
    const { outages, calls } = gateway.statistics()
    assert.deepEqual(outages.spreadsheets, [{ calls: 1, lengthMs: 20_100, restMs: 20_100 }])
    assert.equal(calls, 2)
  })

  it('lasts as long as the options say unless told otherwise', async () => {
    await using parts = await quiet({ outageMs: 5, outageProlongMs: 7 })
    const { gateway } = parts
    assert.equal(await statusOf(gateway, 'POST', '/outages', { api: 'receipts' }), 201)
    await getReceipts(gateway)
    assert.deepEqual(gateway.statistics().outages.receipts, [{ calls: 1, lengthMs: 12, restMs: 12 }])
  })

  for (const [body, error] of [
    ['{', 'the body must be JSON in UTF-8'],
    ['{}', 'api must be "receipts" or "spreadsheets"'],
    ['{"api":"sheets"}', 'api must be "receipts" or "spreadsheets"'],
    ['{"api":"receipts","ms":0}', 'ms must be a whole number from 1 to 3600000, got 0'],
    ['{"api":"receipts","ms":3600001}', 'ms must be a whole number from 1 to 3600000, got 3600001'],
    ['{"api":"receipts","ms":"20"}', "ms must be a whole number from 1 to 3600000, got '20'"],
    ['{"api":"receipts","ms":null}', 'ms must be a whole number from 1 to 3600000, got null'],
    ['{"api":"receipts","prolongMs":-1}', 'prolongMs must be a whole number from 0 to 3600000, got -1'],
    ['{"api":"receipts","prolongMs":{"a":[1,2]}}', /^prolongMs must be .+, got \{ a: \[Array\] \}$/],
    [`{"api":"receipts","ms":"${'x'.repeat(10_000)}"}`, /^ms must be .+, got 'x{50}'\.\.\. 9950 more characters$/],
  ] as const) {
    it(`is refused, with a sentence, where the body is ${body.slice(0, 50)}`, async () => {
      await using parts = await quiet()
      const { gateway } = parts
      const response = await fetch(`${gateway.url}/outages`, { method: 'POST', body })
      assert.equal(response.status, 400)
      const told = (await response.json()) as { error: string }
      if (typeof error === 'string') assert.equal(told.error, error)
      else assert.match(told.error, error)
      assert.deepEqual(gateway.statistics().outages, { receipts: [], spreadsheets: [] })
    })
  }

  it('of a wrong length is refused by the gateway itself, too', async () => {
    await using parts = await quiet()
    const { gateway } = parts
    assert.throws(() => gateway.beginOutage('receipts', { ms: 0.5 }), {
      message: 'ms must be a whole number from 1 to 3600000, got 0.5',
    })
    assert.equal(await getReceipts(gateway), 200)
  })
})
