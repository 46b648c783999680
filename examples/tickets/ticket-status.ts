import { z } from 'zod'
import { RefusedError } from '../../src/express/index.ts'
import { bookingIdText, orderOf, refuseTooMany, ticketIdText } from './order.ts'
import type { TicketMessage } from './tasks.ts'

/** Longest address that mail can be sent to: https://www.rfc-editor.org/errata/eid1690 */
const MAX_EMAIL = 254
/** A decimal number as a text, for no float touches money. As many digits as the receipts API takes; no ticket costs less than 0. */
const AMOUNT = /^\d{1,15}(\.\d{1,4})?$/
/** ISO 4217. */
const CURRENCY = /^[A-Z]{3}$/

/** Whoever sends webhooks adds fields to them: fields that are not named here are left out, wherever they are. */
const ticket = z.object({
  ticket_id: ticketIdText,
  status: z.enum(['confirmed', 'canceled']),
  // The length first: on a text of some millions of characters the pattern of an email would end in a stack overflow.
  customer_email: z.string().max(MAX_EMAIL, { abort: true }).check(z.email()),
  price: z.object({
    amount: z.string().regex(AMOUNT, 'an amount must be a decimal number of at least 0, as a text'),
    currency: z.string().regex(CURRENCY, 'a currency must be three capital letters'),
  }),
  booking_id: bookingIdText.optional(),
})

/** The body of `POST /tickets-status`. */
export const ticketStatus = orderOf(ticket)

type TicketStatus = z.output<typeof ticket>

/** What is to be done for an order: what its tickets ask for. One that is named twice alike asks once. */
export function ticketStatusMessages(
  { tickets }: z.output<typeof ticketStatus>,
  correlationId: string,
): readonly TicketMessage[] {
  refuseTooMany(tickets)
  return withoutDoubles(tickets).flatMap((each) => messagesOf(each, correlationId))
}

/** Confirmed: a receipt, and a row to print. Canceled: the same row to refund. */
function messagesOf(
  { ticket_id: ticketId, status, customer_email, price }: TicketStatus,
  correlationId: string,
): readonly TicketMessage[] {
  const row = [ticketId, customer_email, price.amount, price.currency] as const
  switch (status) {
    case 'confirmed':
      return [
        { task: 'issueReceipt', ticketId, price, correlationId },
        { task: 'appendToTracker', sheet: 'tickets-to-print', row, correlationId },
      ]
    case 'canceled':
      return [{ task: 'appendToTracker', sheet: 'tickets-to-refund', row, correlationId }]
    default:
      return status satisfies never
  }
}

/** Each ticket once. Refuses an order that says one thing of a ticket here, and another there. */
function withoutDoubles(tickets: readonly TicketStatus[]): readonly TicketStatus[] {
  const byId = new Map<string, { readonly each: TicketStatus; readonly content: string }>()
  for (const each of tickets) {
    const content = JSON.stringify(each)
    const earlier = byId.get(each.ticket_id)
    if (earlier === undefined) byId.set(each.ticket_id, { each, content })
    else if (earlier.content !== content) throw contradiction(each.ticket_id)
  }
  return Array.from(byId.values(), ({ each }) => each)
}

const contradiction = (id: string): RefusedError =>
  new RefusedError(`ticket ${JSON.stringify(id)} is in the order twice, with different content`, { status: 422 })
