import type { Books } from './books.ts'
import { jobsOf, type Ticket } from './orders.ts'

/** What became of the tickets, by the books of the APIs. */
export interface Outcome {
  readonly tickets: number
  /** How many of the tickets are canceled and not bad. */
  readonly canceled: number
  /** How many the APIs refuse, canceled or not. */
  readonly bad: number
  /** Receipts, and rows of both sheets, of these tickets. */
  readonly receipts: number
  readonly rows: number
  /** One sentence for each book that has more of a ticket than it should. */
  readonly doubled: readonly string[]
  /** One sentence for each book that has nothing of a ticket although it should. */
  readonly lost: readonly string[]
}

/** Looks for each ticket in all the books. Others there are not looked at. Of a bad ticket they should have nothing. */
export function outcomeOf(
  tickets: readonly Ticket[],
  { receipts, toPrint, toRefund }: Books,
  isBad: (ticketId: string) => boolean = () => false,
): Outcome {
  const books = [
    { has: 'receipt', status: 'confirmed', found: countsOf(receipts.map(({ ticketId }) => ticketId)) },
    { has: 'row to print', status: 'confirmed', found: countsOf(toPrint.map(([ticketId = '']) => ticketId)) },
    { has: 'row to refund', status: 'canceled', found: countsOf(toRefund.map(([ticketId = '']) => ticketId)) },
  ] as const
  const doubled: string[] = []
  const lost: string[] = []
  for (const { id, status } of tickets) {
    for (const book of books) {
      const count = book.found.get(id) ?? 0
      const expected = book.status === status && !isBad(id) ? 1 : 0
      if (count < expected) lost.push(`${id} has no ${book.has}`)
      if (count > expected) doubled.push(`${id} has ${numbered(count, book.has)} instead of ${expected}`)
    }
  }
  const sumOf = ({ found }: (typeof books)[number]): number =>
    tickets.reduce((sum, { id }) => sum + (found.get(id) ?? 0), 0)
  return {
    tickets: tickets.length,
    canceled: tickets.filter(({ id, status }) => status === 'canceled' && !isBad(id)).length,
    bad: tickets.filter(({ id }) => isBad(id)).length,
    receipts: sumOf(books[0]),
    rows: sumOf(books[1]) + sumOf(books[2]),
    doubled,
    lost,
  }
}

/** The jobs that should be dead in the end: all of the bad tickets. */
export const jobsOfBad = (tickets: readonly Ticket[], isBad: (ticketId: string) => boolean): number =>
  tickets.reduce((sum, ticket) => sum + (isBad(ticket.id) ? jobsOf(ticket) : 0), 0)

/** `1 row to print`, `2 rows to print`. */
const numbered = (count: number, what: string): string => `${count} ${count === 1 ? what : what.replace(/^\w+/, '$&s')}`

function countsOf(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
