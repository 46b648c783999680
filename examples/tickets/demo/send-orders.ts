import ky, { isHTTPError } from 'ky'
import { jobCountOf, type Order, type Ticket } from './orders.ts'
import { pause } from './pause.ts'
import type { ServiceProcess } from './service-process.ts'

/** How often one order is sent again where the service has no room for it. */
const MAX_RETRIES = 100
/** An order without an answer by then is sent again. */
const ANSWER_MS = 30_000
/** How long its sender waits before. */
const AGAIN_MS = 50

export interface Sending {
  /** Where they are sent: each to the address of that moment. */
  readonly service: Pick<ServiceProcess, 'url'>
  readonly orders: readonly Order[]
  readonly signal: AbortSignal
  /** Called with the place of an order that is on its way. The next one waits for it. Default: none waits. */
  readonly onSent?: (index: number) => Promise<void>
  /** Called with an order that was taken. */
  readonly onTaken?: (order: Order) => void
  /** Called with an order that got no answer, and is sent again. */
  readonly onUnanswered?: (order: Order) => void
}

/**
 * Posts the orders, and resolves once the service has taken all of them. One that it has no room for (503) is sent again after the
 * answer's `Retry-After`; one without an answer soon, for nobody knows whether it was kept: both under the same `Idempotency-Key`.
 * Any other refusal is thrown.
 */
export async function sendOrders({ orders, onSent = async () => {}, ...way }: Sending): Promise<void> {
  const refused = Promise.withResolvers<never>()
  const send = async (): Promise<void> => {
    const taken: Promise<void>[] = []
    for (const [index, order] of orders.entries()) {
      taken.push(sendOrder(order, way).catch(refused.reject))
      await onSent(index)
    }
    await Promise.all(taken)
  }
  await Promise.race([send(), refused.promise])
}

type Way = Omit<Sending, 'orders' | 'onSent'>

async function sendOrder(order: Order, { service, signal, onTaken, onUnanswered }: Way): Promise<void> {
  for (;;) {
    const jobs = await answerTo(order, await service.url(), signal)
    if (jobs !== undefined) {
      const expected = jobCountOf(order)
      if (jobs.length !== expected) throw new Error(`${order.key} became ${jobs.length} jobs instead of ${expected}`)
      onTaken?.(order)
      return
    }
    onUnanswered?.(order)
    await pause(AGAIN_MS, signal)
  }
}

/** The ids of its jobs; undefined where no answer came, or only half of one. */
async function answerTo(
  { endpoint, key, tickets }: Order,
  serviceUrl: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const answer = ky.post(`${serviceUrl}/${endpoint}`, {
    json: { tickets: tickets.map((ticket) => (endpoint === 'tickets-status' ? statusOf(ticket) : ticket.id)) },
    headers: { 'Idempotency-Key': key },
    retry: {
      limit: MAX_RETRIES,
      methods: ['post'],
      statusCodes: [503],
      afterStatusCodes: [503],
      backoffLimit: 1_000,
      // Where no answer came the service may be at another address by now.
      shouldRetry: ({ error }) => (isHTTPError(error) ? undefined : false),
    },
    timeout: ANSWER_MS,
    signal,
  })
  try {
    return (await answer.json<{ jobs: readonly string[] }>()).jobs
  } catch (error) {
    if (isHTTPError(error)) throw error
    signal.throwIfAborted()
    return undefined
  }
}

const statusOf = ({ id, status }: Ticket): object => ({
  ticket_id: id,
  status,
  customer_email: 'ann@example.com',
  price: { amount: '50.00', currency: 'EUR' },
})
