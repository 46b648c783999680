/** What became of the tickets, by the books of the APIs. */
export interface Outcome {
  readonly tickets: number
  /** Receipts and rows of these tickets. */
  readonly receipts: number
  readonly rows: number
  /** One sentence for each ticket with more than one receipt, or row. */
  readonly doubled: readonly string[]
  /** One sentence for each ticket without receipt, or row. */
  readonly lost: readonly string[]
}

/** Looks for each ticket among the tickets that have a receipt, and those that have a row. Others there are not looked at. */
export function outcomeOf(
  tickets: readonly string[],
  withReceipt: readonly string[],
  withRow: readonly string[],
): Outcome {
  const books = [
    { what: 'receipt', counts: countsOf(withReceipt) },
    { what: 'row', counts: countsOf(withRow) },
  ] as const
  const doubled: string[] = []
  const lost: string[] = []
  const found = { receipt: 0, row: 0 }
  for (const ticket of tickets) {
    for (const { what, counts } of books) {
      const count = counts.get(ticket) ?? 0
      found[what] += count
      if (count === 0) lost.push(`${ticket} has no ${what}`)
      if (count > 1) doubled.push(`${ticket} has ${count} ${what}s`)
    }
  }
  return { tickets: tickets.length, receipts: found.receipt, rows: found.row, doubled, lost }
}

function countsOf(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
