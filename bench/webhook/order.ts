/** The path that the servers of this benchmark answer. */
export const PATH = '/orders'

/** An order of one ticket, which is two messages: a receipt and a row. */
export interface Order {
  readonly orderId: string
  readonly tickets: readonly { readonly ticketId: string }[]
}

export const ORDER: Order = {
  orderId: '6f2d0b0c-7b43-4f0e-9f5d-0f7a5f5c1d2e',
  tickets: [{ ticketId: 'b1c9a7e4-3f1f-4c26-8d6f-2a9f4e1c7d50' }],
}

export const MESSAGES_OF_AN_ORDER = 2

/** The tickets of an order that came; throws where it has none. */
export function ticketsOf(body: unknown): Order['tickets'] {
  if (isOrder(body)) return body.tickets
  throw new TypeError('an order must have tickets')
}

function isOrder(body: unknown): body is Order {
  return typeof body === 'object' && body !== null && 'tickets' in body && Array.isArray(body.tickets)
}

/** Sends one order, and answers with the body of the 202. */
export async function orderOnce(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  })
  const body = await response.text()
  if (response.status !== 202) throw new Error(`the order was answered with ${response.status}, not 202: ${body}`)
  return body
}
