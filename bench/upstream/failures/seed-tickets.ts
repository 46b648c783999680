import { isBadTicket } from '../../../examples/tickets/gateway/bad-ticket.ts'
import type { Due } from '../books.ts'
import type { SeedOrder } from './seed-order.ts'

/** The share of each way to fail, and of bad tickets. */
export const RATE = 0.05

const TICKETS_OF_AN_ORDER = 100
/** So many tickets of a status order are confirmed for one that is canceled. */
const CONFIRMED_FOR_ONE_CANCELED = 3

interface SeedTicket {
  readonly id: string
  /** How it comes in: as an order of `POST /tickets-confirmation`, or of `POST /tickets-status` with one of two statuses. */
  readonly way: 'confirmation' | 'confirmed' | 'canceled'
  readonly isBad: boolean
}

/** The tickets of a seed, in orders that take turns: one of each endpoint, and then again. */
export function ordersOf({ seed, tickets }: SeedOrder): readonly (readonly SeedTicket[])[] {
  const orders: SeedTicket[][] = []
  for (let n = 0; n < tickets; n += 1) {
    const order = Math.floor(n / TICKETS_OF_AN_ORDER)
    const status = n % (CONFIRMED_FOR_ONE_CANCELED + 1) === 0 ? 'canceled' : 'confirmed'
    const id = `seed-${seed}-ticket-${n}`
    const isBad = isBadTicket(id, { seed, badTicketRate: RATE })
    ;(orders[order] ??= []).push({ id, way: order % 2 === 0 ? 'confirmation' : status, isBad })
  }
  return orders
}

/** What the APIs must have in the end: for a bad ticket, nothing. */
export function dueOf(tickets: readonly SeedTicket[]): ReadonlyMap<string, Due> {
  const nothing: Due = { receipts: 0, rowsToPrint: 0, rowsToRefund: 0 }
  return new Map(
    tickets.map(({ id, way, isBad }) => {
      const good = way === 'canceled' ? { rowsToRefund: 1 } : { receipts: 1, rowsToPrint: 1 }
      return [id, { ...nothing, ...(!isBad && good) }]
    }),
  )
}

/** The jobs that must be dead: those of bad tickets. */
export function dueDead(tickets: readonly SeedTicket[]): ReadonlySet<string> {
  const names = tickets
    .filter(({ isBad }) => isBad)
    .flatMap(({ id, way }) =>
      way === 'canceled'
        ? [jobName('appendToTracker', id)]
        : [jobName('issueReceipt', id), jobName('appendToTracker', id)],
    )
  return new Set(names)
}

export const jobName = (task: string, ticketId: string): string => `${task} of ${ticketId}`

/** The body of a ticket in its order. */
export function bodyOf({ id, way }: SeedTicket): unknown {
  if (way === 'confirmation') return id
  return {
    ticket_id: id,
    status: way,
    customer_email: 'someone@example.com',
    price: { amount: '50.00', currency: 'EUR' },
    booking_id: `booking of ${id}`,
  }
}
