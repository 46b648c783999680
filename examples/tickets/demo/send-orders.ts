import ky from 'ky'
import { jobsOf, type Order, type Ticket } from './orders.ts'

/** Orders under way at once. */
const AT_ONCE = 4
/** How often one order is sent again where the service has no room for it. */
const MAX_RETRIES = 100
const ANSWER_MS = 30_000

/**
 * Posts the orders, a few at once, and resolves once the service has taken all of them. One that it has no room for (503) is
 * sent again after the answer's `Retry-After`, under the same `Idempotency-Key`; any other refusal is thrown.
 */
export async function sendOrders(serviceUrl: string, orders: readonly Order[], signal: AbortSignal): Promise<void> {
  const rest = orders.values()
  const sendThem = async (): Promise<void> => {
    for (const order of rest) await sendOrder(serviceUrl, order, signal)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendThem))
}

async function sendOrder(serviceUrl: string, { endpoint, key, tickets }: Order, signal: AbortSignal): Promise<void> {
  const answer = ky.post(`${serviceUrl}/${endpoint}`, {
    json: { tickets: tickets.map((ticket) => (endpoint === 'tickets-status' ? statusOf(ticket) : ticket.id)) },
    headers: { 'Idempotency-Key': key },
    retry: { limit: MAX_RETRIES, methods: ['post'], statusCodes: [503], afterStatusCodes: [503], backoffLimit: 1_000 },
    timeout: ANSWER_MS,
    signal,
  })
  const { jobs } = await answer.json<{ jobs: readonly string[] }>()
  const expected = tickets.reduce((sum, ticket) => sum + jobsOf(ticket), 0)
  if (jobs.length !== expected) throw new Error(`${key} became ${jobs.length} jobs instead of ${expected}`)
}

const statusOf = ({ id, status }: Ticket): object => ({
  ticket_id: id,
  status,
  customer_email: 'ann@example.com',
  price: { amount: '50.00', currency: 'EUR' },
})
