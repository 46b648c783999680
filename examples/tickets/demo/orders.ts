import { seededRandom } from '../../../src/testing/index.ts'

/** Tickets of the largest order. */
const MAX_TICKETS = 200
/** In an order of statuses each third ticket is canceled. */
const CANCELED_EVERY = 3

export interface Ticket {
  readonly id: string
  /** Confirmed: it gets a receipt and a row to print. Canceled: a row to refund. */
  readonly status: 'confirmed' | 'canceled'
}

export interface Order {
  /** Where it is sent. All tickets that are sent to `tickets-confirmation` are confirmed. */
  readonly endpoint: 'tickets-confirmation' | 'tickets-status'
  /** Sent as `Idempotency-Key`. */
  readonly key: string
  readonly tickets: readonly Ticket[]
}

/** What a ticket is for the service: a job for its receipt, and one for its row. */
export const jobsOf = ({ status }: Ticket): number => (status === 'confirmed' ? 2 : 1)

/** The jobs of all its tickets. */
export const jobCountOf = ({ tickets }: Order): number => tickets.reduce((sum, ticket) => sum + jobsOf(ticket), 0)

/**
 * Orders of 1 to 200 tickets, for one endpoint and the other in turn, the same for the same seed but for their ids. `run` keeps
 * these apart from those of other runs.
 */
export function ordersOf(run: string, count: number, seed: number): readonly Order[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const key = `${run}-order-${index + 1}`
    const size = 1 + Math.floor(random() * MAX_TICKETS)
    const ids = Array.from({ length: size }, (_ticket, place) => `${key}-ticket-${place + 1}`)
    return index % 2 === 0
      ? { endpoint: 'tickets-confirmation', key, tickets: ids.map((id) => ({ id, status: 'confirmed' })) }
      : { endpoint: 'tickets-status', key, tickets: ids.map((id, place) => ({ id, status: statusAt(place) })) }
  })
}

const statusAt = (place: number): Ticket['status'] => ((place + 1) % CANCELED_EVERY === 0 ? 'canceled' : 'confirmed')
