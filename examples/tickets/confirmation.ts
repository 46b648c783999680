import type { z } from 'zod'
import { orderOf, refuseTooMany, ticketIdText } from './order.ts'
import type { TicketMessage } from './tasks.ts'

/** The body of `POST /tickets-confirmation`: the tickets of one paid order. */
export const confirmation = orderOf(ticketIdText)

/** What is to be done for an order: two messages for each ticket. */
export function confirmationMessages(
  { tickets }: z.output<typeof confirmation>,
  correlationId: string,
): readonly TicketMessage[] {
  refuseTooMany(tickets)
  return tickets.flatMap((ticketId) => [
    { task: 'issueReceipt', ticketId, correlationId } as const,
    { task: 'appendToTracker', sheet: 'tickets-to-print', row: [ticketId], correlationId } as const,
  ])
}
