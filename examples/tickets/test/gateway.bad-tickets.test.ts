import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBadTicket } from '../gateway/bad-ticket.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'

const RECEIPTS = '/receipts-api/receipts'
const ROWS = '/spreadsheets-api/sheets/tickets-to-print/rows'

const BAD = { seed: 4, badTicketRate: 0.3 }
const tickets = Array.from({ length: 100 }, (_, index) => `ticket-${index}`)
const good = tickets.filter((id) => !isBadTicket(id, BAD))
const bad = tickets.filter((id) => isBadTicket(id, BAD))

const send = async ({ url }: Gateway, method: string, path: string, body: unknown) => {
  const response = await fetch(`${url}${path}`, { method, body: JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}
const issue = (gateway: Gateway, id: string) => send(gateway, 'PUT', RECEIPTS, { ticket_id: id })
const append = (gateway: Gateway, id: string) => send(gateway, 'POST', ROWS, { columns: [id, 'a@b.c'] })

const bothFor = async (gateway: Gateway, ids: readonly string[]): Promise<readonly number[]> => {
  const answers = await Promise.all(ids.flatMap((id) => [issue(gateway, id), append(gateway, id)]))
  return [...new Set(answers.map(({ status }) => status))].toSorted((one, other) => one - other)
}

describe('bad tickets', () => {
  it('are refused with 400 by both APIs, however often they are sent, and nothing is kept', async () => {
    await using gateway = await startGateway({ ...BAD, failRate: 0 })
    assert.deepEqual(await bothFor(gateway, [...bad, ...bad]), [400])
    const error = 'this ticket is bad, however often it is sent'
    for (const answer of [await issue(gateway, bad[0]!), await append(gateway, bad[0]!)]) {
      assert.deepEqual(answer, { status: 400, body: { error } })
    }
    assert.deepEqual(await (await fetch(`${gateway.url}${RECEIPTS}`)).json(), [])
    assert.deepEqual(await (await fetch(`${gateway.url}${ROWS}`)).json(), { rows: [] })
    const { refused, failures } = gateway.statistics()
    assert.deepEqual([refused, failures], [4 * bad.length + 2, 0])
  })

  it('do not hurt the others', async () => {
    await using gateway = await startGateway({ ...BAD, failRate: 0 })
    assert.deepEqual(await bothFor(gateway, tickets), [200, 201, 400])
    assert.deepEqual(await bothFor(gateway, good), [200])
    assert.equal(gateway.statistics().refused, 2 * bad.length)
  })

  it('fail like others where a failure was drawn, and never take effect', async () => {
    await using gateway = await startGateway({ ...BAD, failRate: 0.5, resetAfterRate: 0.5 })
    const calls = bad.flatMap((id) => [issue(gateway, id), append(gateway, id)])
    const seen = (await Promise.allSettled(calls)).map((call) =>
      call.status === 'fulfilled' ? call.value.status : 'no answer',
    )
    assert.deepEqual(new Set(seen), new Set([500, 'no answer']))
    const { refused, failures, calls: all } = gateway.statistics()
    assert.deepEqual([refused, failures], [0, all])
  })

  it('are told by the first column of a row alone', async () => {
    await using gateway = await startGateway({ ...BAD, failRate: 0 })
    assert.equal((await send(gateway, 'POST', ROWS, { columns: [good[0], bad[0]] })).status, 200)
  })

  it('leave what is wrong with a body to be told as ever', async () => {
    await using gateway = await startGateway({ seed: 4, badTicketRate: 1, failRate: 0 })
    for (const [method, path, body, error] of [
      ['PUT', RECEIPTS, { ticket_id: 7 }, 'ticket_id must be a text of at least one character'],
      ['PUT', RECEIPTS, [], 'the body must be a JSON object'],
      ['POST', ROWS, { columns: [7] }, 'columns must be an array of at least one text'],
      ['POST', ROWS, {}, 'columns must be an array of at least one text'],
    ] as const) {
      assert.deepEqual(await send(gateway, method, path, body), { status: 400, body: { error } })
    }
  })

  it('are their share of tickets, others for another seed, and the same at a higher rate', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `6f1c-order-${index % 700}-ticket-${index}`)
    for (const badTicketRate of [0, 0.001, 0.1, 0.5, 1]) {
      const count = many.filter((id) => isBadTicket(id, { badTicketRate })).length
      const expected = 100_000 * badTicketRate
      const deviation = Math.sqrt(expected * (1 - badTicketRate))
      assert.ok(Math.abs(count - expected) <= 4 * deviation, `${count} of 100,000 at ${badTicketRate}`)
    }
    const badAt = (seed: number, badTicketRate: number): readonly string[] =>
      many.filter((id) => isBadTicket(id, { seed, badTicketRate }))
    const ofOne = badAt(1, 0.1)
    const [ofTwo, alsoHigher] = [new Set(badAt(2, 0.1)), new Set(badAt(1, 0.2))]
    const both = ofOne.filter((id) => ofTwo.has(id)).length
    assert.ok(Math.abs(both - 1_000) < 130, `${both} are bad for both seeds`)
    assert.ok(ofOne.every((id) => alsoHigher.has(id)))
  })

  it('are none unless told otherwise', () => {
    assert.ok(!tickets.some((id) => isBadTicket(id)))
  })
})
