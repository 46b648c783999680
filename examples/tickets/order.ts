import { z } from 'zod'
import { RefusedError } from '../../src/express/index.ts'

/** Most tickets of one order. Each is at most two messages; of one order the webhook takes 50,000. */
const MAX_TICKETS = 10_000
/** Longest id, in UTF-16 code units. */
const MAX_ID = 200

const id = z
  .string()
  .max(MAX_ID)
  .refine((text) => text.isWellFormed(), 'an id must be well-formed Unicode')

export const ticketIdText = id.min(1)
export const bookingIdText = id

/**
 * The body of an order: `{ tickets: […] }`, at least one. Of a longer list than `refuseTooMany` lets pass only as much is
 * checked, and comes out, as it takes to be refused.
 */
export const orderOf = <Ticket extends z.ZodType>(ticket: Ticket) =>
  z.object({
    tickets: z.preprocess(
      (tickets) => (Array.isArray(tickets) ? tickets.slice(0, MAX_TICKETS + 1) : tickets),
      z.array(ticket).min(1),
    ),
  })

/** Throws what is answered with 413. */
export function refuseTooMany(tickets: readonly unknown[]): void {
  if (tickets.length <= MAX_TICKETS) return
  throw new RefusedError(`an order must have at most ${MAX_TICKETS} tickets, got more`, { status: 413 })
}
