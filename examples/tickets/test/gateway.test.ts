import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { drawFailure, failuresAt } from '../gateway/failure.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { Receipts } from '../gateway/receipts.ts'
import { Sheets } from '../gateway/sheets.ts'

const RECEIPTS = '/receipts-api/receipts'
const ROWS = '/spreadsheets-api/sheets/tickets-to-print/rows'
const NOON = Date.parse('2026-01-02T12:00:00Z')

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const call = async ({ url }: Gateway, method: string, path: string, body?: unknown): Promise<Answer> => {
  const text =
    typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body)
  const response = await fetch(`${url}${path}`, { method, ...(text !== undefined && { body: text }) })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const flawless = (): Promise<Gateway> => startGateway({ failRate: 0, clock: { ...systemClock, now: () => NOON } })

/** The statuses of `count` calls of one endpoint, one after the other. */
const fates = async (gateway: Gateway, count: number, path = RECEIPTS): Promise<number[]> => {
  const statuses: number[] = []
  for (let index = 0; index < count; index += 1) {
    // oxlint-disable-next-line no-await-in-loop
    statuses.push((await call(gateway, 'GET', path)).status)
  }
  return statuses
}

describe('the receipts of the fake gateway', () => {
  it('gives a new ticket a receipt, with 201', async () => {
    await using gateway = await flawless()
    const price = { money_amount: '50.00', money_currency: 'EUR' }
    const { status, body } = await call(gateway, 'PUT', RECEIPTS, { ticket_id: 'a', price, idempotency_key: 'k' })
    assert.equal(status, 201)
    assert.deepEqual(body, {
      number: '00000001',
      ticket_id: 'a',
      issued_at: '2026-01-02T12:00:00.000Z',
      price,
      idempotency_key: 'k',
    })
  })

  it('gives a ticket the receipt that it already has, with 200, whatever the key', async () => {
    await using gateway = await flawless()
    const { body } = await call(gateway, 'PUT', RECEIPTS, { ticket_id: 'a', idempotency_key: 'k' })
    for (const again of [
      { idempotency_key: 'k' },
      { idempotency_key: 'l' },
      {},
      { idempotency_key: null, price: null },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      const answer = await call(gateway, 'PUT', RECEIPTS, { ticket_id: 'a', ...again })
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, body)
    }
  })

  it('refuses a key that was used for another ticket, and issues nothing', async () => {
    await using gateway = await flawless()
    await call(gateway, 'PUT', RECEIPTS, { ticket_id: 'a', idempotency_key: 'k' })
    await call(gateway, 'PUT', RECEIPTS, { ticket_id: 'a', idempotency_key: 'l' })
    const keys = ['k', 'l']
    const again = keys.map((key) => call(gateway, 'PUT', RECEIPTS, { ticket_id: 'b', idempotency_key: key }))
    for (const [index, { status, body }] of (await Promise.all(again)).entries()) {
      assert.equal(status, 400)
      assert.deepEqual(body, { error: `idempotency_key "${keys[index]}" was already used for another ticket` })
    }
    const listed = await call(gateway, 'GET', RECEIPTS)
    assert.deepEqual(listed.body, [
      { number: '00000001', ticket_id: 'a', issued_at: '2026-01-02T12:00:00.000Z', idempotency_key: 'k' },
    ])
  })

  it('answers 500 where there is no room for one more, and still finds those it has', () => {
    const receipts = new Receipts(() => new Date(NOON), 2)
    assert.equal(receipts.issue({ ticket_id: 'a', idempotency_key: 'k' }).status, 201)
    assert.equal(receipts.issue({ ticket_id: 'b', idempotency_key: 'l' }).status, 201)
    assert.equal(receipts.issue({ ticket_id: 'c' }).status, 500)
    assert.equal(receipts.issue({ ticket_id: 'a', idempotency_key: 'm' }).status, 500)
    assert.equal(receipts.issue({ ticket_id: 'a', idempotency_key: 'k' }).status, 200)
  })
})

describe('the spreadsheets of the fake gateway', () => {
  it('make two rows of the same call twice', async () => {
    await using gateway = await flawless()
    await call(gateway, 'POST', ROWS, { columns: ['a', ''] })
    const { status } = await call(gateway, 'POST', ROWS, { columns: ['a', ''] })
    assert.equal(status, 200)
    assert.deepEqual((await call(gateway, 'GET', ROWS)).body, {
      rows: [
        ['a', ''],
        ['a', ''],
      ],
    })
  })

  it('keep sheets apart by their decoded names, and show a new sheet as empty', async () => {
    await using gateway = await flawless()
    await call(gateway, 'POST', '/spreadsheets-api/sheets/a%2Fb/rows', { columns: ['1'] })
    assert.deepEqual((await call(gateway, 'GET', '/spreadsheets-api/sheets/%61%2fb/rows')).body, { rows: [['1']] })
    assert.deepEqual((await call(gateway, 'GET', '/spreadsheets-api/sheets/a/rows')).body, { rows: [] })
  })

  it('answer 500 where there is no room for one more row', () => {
    const sheets = new Sheets(1)
    assert.equal(sheets.append('a', { columns: ['1'] }).status, 200)
    assert.equal(sheets.append('b', { columns: ['1'] }).status, 500)
  })
})

describe('what the fake gateway refuses', () => {
  const price = { money_amount: '1', money_currency: 'EUR' }
  const refused: readonly [what: string, method: string, path: string, body: unknown, status: number][] = [
    ['no body', 'PUT', RECEIPTS, undefined, 400],
    ['no JSON', 'PUT', RECEIPTS, '{"ticket_id":', 400],
    ['no UTF-8', 'PUT', RECEIPTS, Buffer.of(0x22, 0xff, 0x22), 400],
    ['an array', 'PUT', RECEIPTS, ['a'], 400],
    ['a ticket without id', 'PUT', RECEIPTS, {}, 400],
    ['an empty id', 'PUT', RECEIPTS, { ticket_id: '' }, 400],
    ['an id that is a number', 'PUT', RECEIPTS, { ticket_id: 7 }, 400],
    ['a price that is a text', 'PUT', RECEIPTS, { ticket_id: 'a', price: '50.00' }, 400],
    ['an amount that is a number', 'PUT', RECEIPTS, { ticket_id: 'a', price: { ...price, money_amount: 1 } }, 400],
    ['an amount that is no number', 'PUT', RECEIPTS, { ticket_id: 'a', price: { ...price, money_amount: '1e3' } }, 400],
    ["the webhook's spelling", 'PUT', RECEIPTS, { ticket_id: 'a', price: { amount: '1', currency: 'EUR' } }, 400],
    ['an unknown currency', 'PUT', RECEIPTS, { ticket_id: 'a', price: { ...price, money_currency: 'euro' } }, 400],
    ['an empty key', 'PUT', RECEIPTS, { ticket_id: 'a', idempotency_key: '' }, 400],
    ['no columns', 'POST', ROWS, {}, 400],
    ['an empty row', 'POST', ROWS, { columns: [] }, 400],
    ['a column that is no text', 'POST', ROWS, { columns: ['a', 1] }, 400],
    ['a sheet that is not encoded', 'GET', '/spreadsheets-api/sheets/%ff/rows', undefined, 400],
    ['a sheet without name', 'GET', '/spreadsheets-api/sheets//rows', undefined, 404],
    ['another path', 'GET', '/receipts-api/receipts/a', undefined, 404],
    ['another method', 'POST', RECEIPTS, { ticket_id: 'a' }, 405],
    ['a body over 1 MiB', 'POST', ROWS, { columns: ['x'.repeat(2 ** 20)] }, 413],
  ]
  for (const [what, method, path, body, status] of refused) {
    it(`${what}: ${status}, with an error, and nothing is kept`, async () => {
      await using gateway = await flawless()
      const answer = await call(gateway, method, path, body)
      assert.equal(answer.status, status)
      assert.match(JSON.stringify(answer.body), /^\{"error":".+"\}$/)
      assert.deepEqual((await call(gateway, 'GET', RECEIPTS)).body, [])
      assert.deepEqual((await call(gateway, 'GET', ROWS)).body, { rows: [] })
      assert.equal(gateway.statistics().failures, 0)
    })
  }
})

describe('the failures of the fake gateway', () => {
  it('strike before the call takes effect, and are counted', async () => {
    await using gateway = await startGateway({ seed: 3, failRate: 0.5 })
    const tickets = Array.from({ length: 100 }, (_, index) => `t${index}`)
    const answers = await Promise.all(tickets.map((id) => call(gateway, 'PUT', RECEIPTS, { ticket_id: id })))
    const failed = answers.filter(({ status }) => status === 500)
    const listed = await call(gateway, 'GET', RECEIPTS)
    assert.equal(listed.status, 200, 'the first list of seed 3 is answered')
    assert.ok(Array.isArray(listed.body))
    assert.equal(listed.body.length, 100 - failed.length)
    assert.deepEqual(failed[0]?.body, { error: 'internal error' })
    const { issueReceipt } = gateway.statistics().endpoints
    assert.deepEqual(issueReceipt, {
      calls: 100,
      refused: 0,
      failures: failed.length,
      failuresByName: { 'status 500': failed.length },
      slow: 0,
    })
  })

  it('are the same for the same seed, whatever other endpoints are called in between', async () => {
    await using one = await startGateway({ seed: 7, failRate: 0.5 })
    await using same = await startGateway({ seed: 7, failRate: 0.5 })
    await using other = await startGateway({ seed: 8, failRate: 0.5 })
    const expected = await fates(one, 40)
    const [between] = await Promise.all([fates(same, 40), fates(same, 40, ROWS)])
    assert.deepEqual(between, expected)
    assert.notDeepEqual(await fates(other, 40), expected)
  })

  it('strike three of ten calls, unless told otherwise', () => {
    const random = seededRandom(1)
    const failures = failuresAt()
    let struck = 0
    for (let index = 0; index < 100_000; index += 1) if (drawFailure(failures, random)) struck += 1
    assert.ok(Math.abs(struck - 30_000) < 600, `${struck} of 100,000`)
  })

  it('never strike at rate 0, and always at rate 1', () => {
    assert.equal(
      drawFailure(failuresAt({ failRate: 0 }), () => 0),
      undefined,
    )
    assert.equal(drawFailure(failuresAt({ failRate: 1 }), () => 1 - 2 ** -32)?.name, 'status 500')
  })

  it('leave the statistics alone, which are not counted', async () => {
    await using gateway = await startGateway({ failRate: 1 })
    await call(gateway, 'POST', ROWS, { columns: ['a'] })
    const { status, body } = await call(gateway, 'GET', '/statistics')
    assert.equal(status, 200)
    assert.deepEqual(body, gateway.statistics())
    assert.equal(gateway.statistics().calls, 1)
  })
})

describe('the fake gateway', () => {
  for (const failRate of [0, 1]) {
    it(`echoes the Correlation-ID, and makes one where it is absent, at failRate ${failRate}`, async () => {
      await using gateway = await startGateway({ failRate })
      const echoed = await fetch(`${gateway.url}${RECEIPTS}`, { headers: { 'Correlation-ID': 'c-1' } })
      assert.equal(echoed.headers.get('Correlation-ID'), 'c-1')
      const made = await call(gateway, 'GET', RECEIPTS)
      assert.match(made.headers.get('Correlation-ID') ?? '', /^[\da-f-]{36}$/)
    })
  }

  it('answers a call that is under way while it closes', async () => {
    await using gateway = await flawless()
    const put = request(`${gateway.url}${RECEIPTS}`, { method: 'PUT', headers: { Expect: '100-continue' } })
    put.flushHeaders()
    await once(put, 'continue')
    const closed = gateway.close()
    put.end('{"ticket_id":"a"}')
    const [response] = await once(put, 'response')
    assert.equal(response.statusCode, 201)
    response.resume()
    await closed
    await assert.rejects(fetch(`${gateway.url}${RECEIPTS}`))
  })

  it('stays well when a caller hangs up in the middle of a body', async () => {
    await using gateway = await flawless()
    const put = request(`${gateway.url}${RECEIPTS}`, { method: 'PUT', headers: { Expect: '100-continue' } })
    put.flushHeaders()
    await once(put, 'continue')
    const hungUp = once(put, 'error')
    put.destroy()
    await hungUp
    assert.deepEqual((await call(gateway, 'GET', RECEIPTS)).body, [])
    assert.equal(gateway.statistics().endpoints.issueReceipt.calls, 1)
  })

  it('cuts off a call that does not end while it closes', async () => {
    const { promise: cut, resolve } = Promise.withResolvers<() => void>()
    const clock = {
      ...systemClock,
      after: (_: number, callback: () => void) => (resolve(callback), { cancel: () => {} }),
    }
    const gateway = await startGateway({ clock })
    const put = request(`${gateway.url}${RECEIPTS}`, { method: 'PUT', headers: { Expect: '100-continue' } })
    put.flushHeaders()
    await once(put, 'continue')
    const closed = Promise.all([gateway.close(), gateway.close()])
    const [error] = await Promise.all([once(put, 'error'), cut.then((now) => now())])
    assert.equal(error[0].code, 'ECONNRESET')
    await closed
  })
})
