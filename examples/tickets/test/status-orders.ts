import assert from 'node:assert/strict'
import type { Row } from '../clients/spreadsheets.ts'
import { readBooks } from '../demo/books.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import type { Service } from '../service.ts'
import { type Answer, serving } from './serving.ts'

/** A ticket of an order of statuses. `fields` replace its own, or are added. */
export const confirmed = (ticketId: string, fields: object = {}): object => ({
  ticket_id: ticketId,
  status: 'confirmed',
  customer_email: 'ann@example.com',
  price: { amount: '50.00', currency: 'EUR' },
  ...fields,
})

export const canceled = (ticketId: string, fields: object = {}): object =>
  confirmed(ticketId, { status: 'canceled', ...fields })

/** The row of such a ticket. */
export const rowOf = (ticketId: string): readonly string[] => [ticketId, 'ann@example.com', '50.00', 'EUR']

let orders = 0

/** Posts an order of statuses, under a key of its own unless the headers say otherwise. A text is sent as it is. */
export async function post(
  { url }: Pick<Service, 'url'>,
  order: unknown,
  headers: Record<string, string> = { 'Idempotency-Key': `order-${(orders += 1)}` },
): Promise<Answer> {
  const response = await fetch(`${url}/tickets-status`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof order === 'string' ? order : JSON.stringify(order),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** What the APIs have, each sorted by the ticket. */
export async function booksOf({ url }: Gateway) {
  const { receipts, toPrint, toRefund } = await readBooks(url, new AbortController().signal)
  return {
    receipts: receipts
      .map(({ ticketId, price }) => ({ ticketId, price }))
      .sort((a, b) => (a.ticketId < b.ticketId ? -1 : 1)),
    toPrint: sorted(toPrint),
    toRefund: sorted(toRefund),
  }
}

const sorted = (rows: readonly Row[]): readonly Row[] => rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))

/** What becomes of orders that are posted one after the other, once all is done. */
export async function outcomeOf(...tickets: readonly (readonly object[])[]) {
  await using gateway = await startGateway({ failRate: 0 })
  await using service = await serving({ gatewayAddr: gateway.url })
  const answers: Answer[] = []
  for (const order of tickets) answers.push(await post(service, { tickets: order }))
  await service.worker.idle()
  assert.equal((await service.worker.count()).dead, 0)
  const { calls } = gateway.statistics()
  return { answers, statuses: answers.map(({ status }) => status), calls, ...(await booksOf(gateway)) }
}

/** The answer is a problem with this status and a detail that fits. */
export async function refused(answer: Promise<Answer>, status: number, detail: RegExp): Promise<void> {
  const { status: given, headers, body } = await answer
  assert.equal(given, status)
  assert.match(headers.get('Content-Type') ?? '', /^application\/problem\+json/)
  assert.match((body as { detail: string }).detail, detail)
}
