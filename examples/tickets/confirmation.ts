import { z } from 'zod'
import type { TicketMessage } from './tasks.ts'

/** Most tickets of one order. Each is two messages, so that a whole order fits into the worker's 20,000 places. */
const MAX_TICKETS = 10_000
/** Longest ticket id, in UTF-16 code units. */
const MAX_TICKET_ID = 200

const ticket = z
  .string()
  .min(1)
  .max(MAX_TICKET_ID)
  .refine((id) => id.isWellFormed(), 'a ticket id must be well-formed Unicode')

/** The body of `POST /tickets-confirmation`: the tickets of one paid order. */
export const confirmation = z.object({ tickets: z.array(ticket).min(1).max(MAX_TICKETS) })

/** What is to be done for an order: two messages for each ticket. */
export function messagesOf(
  { tickets }: z.output<typeof confirmation>,
  correlationId: string,
): readonly TicketMessage[] {
  return tickets.flatMap((ticketId) => [
    { task: 'issueReceipt', ticketId, correlationId } as const,
    { task: 'appendToTracker', sheet: 'tickets-to-print', row: [ticketId], correlationId } as const,
  ])
}
