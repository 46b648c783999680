import assert from 'node:assert/strict'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from '../../shared/test/server-that.ts'
import { jobsOf, leftOf, post as confirm, serving } from './serving.ts'
import { booksOf, canceled, confirmed, outcomeOf, post, refused, rowOf } from './status-orders.ts'

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'
const NOTHING = { waiting: 0, running: 0, done: 0, dead: 0 }

describe('the status of tickets', () => {
  const price = { amount: '50.00', currency: 'EUR' }

  it('confirmed: a receipt with the price, and a row to print', async () => {
    const { statuses, receipts, toPrint, toRefund } = await outcomeOf([confirmed('a')])
    assert.deepEqual(statuses, [202])
    assert.deepEqual(receipts, [{ ticketId: 'a', price }])
    assert.deepEqual(toPrint, [rowOf('a')])
    assert.deepEqual(toRefund, [])
  })

  it('canceled: the same row to refund, and no receipt', async () => {
    const { statuses, receipts, toPrint, toRefund } = await outcomeOf([canceled('a')])
    assert.deepEqual(statuses, [202])
    assert.deepEqual(receipts, [])
    assert.deepEqual(toPrint, [])
    assert.deepEqual(toRefund, [rowOf('a')])
  })

  it('may be different in one order: each ticket gets what its own asks for, although three of ten calls fail', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `t${100 + index}`)
    const isCanceled = (_: string, index: number): boolean => index % 3 === 0
    await using gateway = await startGateway({ seed: 4, failRate: 0.3 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const tickets = ids.map((id, index) => (isCanceled(id, index) ? canceled(id) : confirmed(id)))
    const answer = await post(service, { tickets })
    assert.equal(answer.status, 202)
    assert.equal(new Set(jobsOf(answer)).size, 14 + 2 * 26)
    await service.worker.idle()
    assert.ok(gateway.statistics().failures > 10)
    const { receipts, toPrint, toRefund } = await booksOf(gateway)
    const toBePrinted = ids.filter((id, index) => !isCanceled(id, index))
    assert.deepEqual(
      receipts,
      toBePrinted.map((ticketId) => ({ ticketId, price })),
    )
    assert.deepEqual(toPrint, toBePrinted.map(rowOf))
    assert.deepEqual(toRefund, ids.filter(isCanceled).map(rowOf))
  })

  it('may change from confirmed to canceled in a later order', async () => {
    const { statuses, receipts, toPrint, toRefund } = await outcomeOf([confirmed('a')], [canceled('a')])
    assert.deepEqual(statuses, [202, 202])
    assert.equal(receipts.length, 1)
    assert.deepEqual([toPrint, toRefund], [[rowOf('a')], [rowOf('a')]])
  })

  it('is written as it came, with fields that nobody knows left out', async () => {
    const columns = ['=1+1', '+ann@example.com', '007.1000', 'XXX'] as const
    const [id, customer_email, amount, currency] = columns
    const fields = { customer_email, price: { amount, currency, net: 1 }, booking_id: 'b-1', seat: { row: 7 } }
    const { receipts, toPrint } = await outcomeOf([confirmed(id, fields)])
    assert.deepEqual(toPrint, [columns])
    assert.deepEqual(receipts, [{ ticketId: id, price: { amount, currency } }])
  })
})

describe('an order of statuses', () => {
  for (const [what, headers] of [
    ['without an Idempotency-Key', {}],
    ['with an empty Idempotency-Key', { 'Idempotency-Key': '' }],
  ] as const) {
    it(`${what} is refused, and nothing is kept`, async () => {
      await using service = await serving({ gatewayAddr: NOWHERE })
      await refused(post(service, { tickets: [confirmed('a')] }, headers), 400, /Idempotency-Key/)
      assert.deepEqual(await service.worker.count(), NOTHING)
    })
  }

  it('sent again under its Idempotency-Key gets the first answer, and nothing runs twice', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const order = { tickets: [confirmed('a'), canceled('b')] }
    const headers = { 'Idempotency-Key': 'order-1' }
    const first = await post(service, order, { ...headers, 'Correlation-ID': 'one' })
    const meanwhile = await post(service, order, { ...headers, 'Correlation-ID': 'two' })
    await service.worker.idle()
    const later = await post(service, order, headers)
    await service.worker.idle()
    assert.deepEqual([first.status, meanwhile.status, later.status], [202, 202, 202])
    assert.equal(jobsOf(first).length, 3)
    assert.deepEqual([meanwhile.body, later.body], [first.body, first.body])
    assert.equal(gateway.statistics().calls, 3)
  })

  it('under the Idempotency-Key of another one is refused, and nothing is kept', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } })
    const headers = { 'Idempotency-Key': 'order-1' }
    await post(service, { tickets: [confirmed('a')] }, headers)
    await refused(post(service, { tickets: [canceled('a')] }, headers), 422, /Idempotency-Key/)
    assert.equal(await leftOf(service), 2)
  })

  it('shares no Idempotency-Key with the confirmations', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } })
    const headers = { 'Idempotency-Key': 'order-1' }
    assert.equal((await confirm(service, { tickets: ['a'] }, headers)).status, 202)
    assert.equal((await post(service, { tickets: [confirmed('b')] }, headers)).status, 202)
    assert.equal(await leftOf(service), 4)
  })

  it('of 10,000 tickets with the longest texts is taken whole', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } })
    const long = {
      customer_email: `${'a'.repeat(242)}@example.com`,
      price: { amount: `${'9'.repeat(15)}.9999`, currency: 'EUR' },
      booking_id: '€'.repeat(200),
    }
    const tickets = Array.from({ length: 10_000 }, (_, index) => confirmed(`${10_000 + index}`.padEnd(200, '€'), long))
    const answer = await post(service, { tickets })
    assert.equal(answer.status, 202)
    assert.equal(jobsOf(answer).length, 20_000)
  })

  for (const [what, tickets] of [
    ['10,001 tickets', Array.from({ length: 10_001 }, (_, index) => canceled(`t${index}`))],
    [
      '10,001 tickets and a million more that nobody checks',
      Array.from({ length: 1_010_001 }, (_, index) => (index > 10_000 ? 0 : canceled(`t${index}`))),
    ],
  ] as const) {
    it(`of ${what} is refused with 413, and nothing is kept`, async () => {
      await using service = await serving({ gatewayAddr: NOWHERE })
      await refused(post(service, { tickets }), 413, /^an order must have at most 10000 tickets/)
      assert.deepEqual(await service.worker.count(), NOTHING)
    })
  }

  it('sends its Correlation-ID along on every call, and echoes it', async () => {
    const seen: unknown[] = []
    await using api = await serverThat((call, response) => {
      seen.push(call.headers['correlation-id'])
      call.resume()
      response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
    })
    await using service = await serving({ gatewayAddr: api.url })
    const headers = { 'Idempotency-Key': 'order-1', 'Correlation-ID': 'order 7' }
    const { headers: answered } = await post(service, { tickets: [confirmed('a'), canceled('b')] }, headers)
    await service.worker.idle()
    assert.equal(answered.get('Correlation-ID'), 'order 7')
    assert.deepEqual(seen, ['order 7', 'order 7', 'order 7'])
  })
})

describe('a ticket that comes twice', () => {
  it('in one order, alike, is one ticket: one receipt and one row', async () => {
    const { answers, calls, receipts, toPrint, toRefund } = await outcomeOf([
      confirmed('a'),
      canceled('b'),
      { ...confirmed('a'), seat: 7 },
      canceled('b'),
    ])
    assert.equal(jobsOf(answers[0]!).length, 3)
    assert.equal(calls, 3)
    assert.deepEqual([receipts.length, toPrint, toRefund], [1, [rowOf('a')], [rowOf('b')]])
  })

  for (const [what, other] of [
    ['another status', { status: 'canceled' }],
    ['another price', { price: { amount: '50.0', currency: 'EUR' } }],
    ['another email', { customer_email: 'bob@example.com' }],
    ['another booking', { booking_id: 'b-1' }],
  ] as const) {
    it(`in one order, with ${what}, is refused with its whole order`, async () => {
      await using service = await serving({ gatewayAddr: NOWHERE })
      const tickets = [confirmed('b'), confirmed('a'), confirmed('a', other)]
      await refused(post(service, { tickets }), 422, /^ticket "a" is in the order twice, with different content$/)
      assert.deepEqual(await service.worker.count(), NOTHING)
    })
  }

  it('in two orders, alike, has one receipt and one row', async () => {
    const { statuses, receipts, toPrint } = await outcomeOf([confirmed('a')], [confirmed('a'), confirmed('b')])
    assert.deepEqual(statuses, [202, 202])
    assert.deepEqual([receipts.length, toPrint], [2, [rowOf('a'), rowOf('b')]])
  })

  it('in two orders, with another price, is refused with its whole order', async () => {
    const dearer = confirmed('a', { price: { amount: '60.00', currency: 'EUR' } })
    const { statuses, receipts, toPrint } = await outcomeOf([confirmed('a')], [confirmed('b'), dearer])
    assert.deepEqual(statuses, [202, 422])
    assert.deepEqual([receipts.length, toPrint], [1, [rowOf('a')]])
  })

  it('through both endpoints would have two rows to print: the later order is refused', async () => {
    await using service = await serving({ gatewayAddr: NOWHERE, concurrency: 1, retry: { minMs: 60_000 } })
    await confirm(service, { tickets: ['a'] })
    await refused(post(service, { tickets: [confirmed('b'), confirmed('a')] }), 422, /key of one of its tasks/)
    assert.equal((await post(service, { tickets: [canceled('a')] })).status, 202)
    await post(service, { tickets: [confirmed('c')] })
    await refused(confirm(service, { tickets: ['c'] }), 422, /key of one of its tasks/)
    assert.equal(await leftOf(service), 5)
  })
})

describe('a row that nobody knows to be there or not', () => {
  it('is looked for in its own sheet, and no other row of the ticket is taken for it', async () => {
    const rowsOf: Record<string, unknown[]> = { 'tickets-to-print': [['a']], 'tickets-to-refund': [] }
    const called = new Set<string>()
    await using api = await serverThat(async (call, response) => {
      const sheet = /sheets\/([^/]+)/.exec(call.url ?? '')?.[1] ?? ''
      const rows = rowsOf[sheet]
      if (rows === undefined) response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
      else if (call.method === 'GET') response.end(JSON.stringify({ rows }))
      else {
        const { columns } = (await json(call)) as { columns: unknown }
        const isFirst = !called.has(sheet)
        called.add(sheet)
        if (!isFirst || sheet === 'tickets-to-refund') rows.push(columns)
        if (isFirst) response.destroy()
        else response.end('{}')
      }
    })
    await using service = await serving({ gatewayAddr: api.url, callTimeoutMs: 200 })
    await post(service, { tickets: [confirmed('a'), canceled('b')] })
    await service.worker.idle()
    assert.deepEqual(rowsOf, { 'tickets-to-print': [['a'], rowOf('a')], 'tickets-to-refund': [rowOf('b')] })
  })
})

describe('a wrong order of statuses', () => {
  const long = (count: number): string => 'x'.repeat(count)
  const withPrice = (fields: object) => confirmed('a', { price: { amount: '50.00', currency: 'EUR', ...fields } })
  const wrongTickets: readonly (readonly [what: string, where: string, ticket: unknown])[] = [
    ['a ticket that is a text', '', 'a'],
    ['no ticket id', '.ticket_id', confirmed('a', { ticket_id: undefined })],
    ['an empty ticket id', '.ticket_id', confirmed('')],
    ['a ticket id that is a number', '.ticket_id', confirmed('a', { ticket_id: 7 })],
    ['a ticket id of 201 characters', '.ticket_id', confirmed(long(201))],
    ['no status', '.status', confirmed('a', { status: undefined })],
    ['an unknown status', '.status', confirmed('a', { status: 'refunded' })],
    ['a status in other letters', '.status', confirmed('a', { status: 'Confirmed' })],
    ['no email', '.customer_email', confirmed('a', { customer_email: undefined })],
    ['an email without @', '.customer_email', confirmed('a', { customer_email: 'ann' })],
    ['an email with a second line', '.customer_email', confirmed('a', { customer_email: 'ann@example.com\n' })],
    ['an email of 255', '.customer_email', confirmed('a', { customer_email: `${long(243)}@example.com` })],
    ['a huge email', '.customer_email', confirmed('a', { customer_email: `a@${'b.'.repeat(7_000_000)}` })],
    ['no price', '.price', confirmed('a', { price: undefined })],
    ['a price that is a text', '.price', confirmed('a', { price: '50.00 EUR' })],
    ['no amount', '.price.amount', withPrice({ amount: undefined })],
    ...[50, '', '-50.00', '+50', '5e1', '50,00', '50.', '.5', ' 50', '0x32', '٥', '1'.repeat(16), '1.00001'].map(
      (amount) => [`the amount ${JSON.stringify(amount)}`, '.price.amount', withPrice({ amount })] as const,
    ),
    ...[undefined, 978, '', 'eur', 'EURO', 'EU', 'ÄÖÜ', 'EUR\n'].map(
      (currency) => [`the currency ${JSON.stringify(currency)}`, '.price.currency', withPrice({ currency })] as const,
    ),
    [
      "the receipts' spelling",
      '.price.amount',
      confirmed('a', { price: { money_amount: '1', money_currency: 'EUR' } }),
    ],
    ['a booking id that is a number', '.booking_id', confirmed('a', { booking_id: 7 })],
    ['a booking id of 201 characters', '.booking_id', confirmed('a', { booking_id: long(201) })],
  ]
  const wrong: readonly (readonly [what: string, where: string, body: unknown])[] = [
    ['no JSON', 'JSON', '{"tickets":'],
    ['no body', 'JSON', ''],
    ['an array', 'an object in JSON', []],
    ['a ticket id that is no Unicode', 'lone surrogate', { tickets: [confirmed('\uD800')] }],
    ['no tickets', 'tickets: ', {}],
    ['tickets that are an object', 'tickets: ', { tickets: confirmed('a') }],
    ['an empty list', 'tickets: ', { tickets: [] }],
    ...wrongTickets.map(
      ([what, where, ticket]) => [what, `tickets.1${where}: `, { tickets: [confirmed('b'), ticket] }] as const,
    ),
  ]
  for (const [what, where, body] of wrong) {
    it(`with ${what} is refused with 400, and nothing is kept`, async () => {
      await using service = await serving({ gatewayAddr: NOWHERE })
      await refused(post(service, body), 400, new RegExp(where.replaceAll('.', String.raw`\.`)))
      assert.deepEqual(await service.worker.count(), NOTHING)
    })
  }
})
