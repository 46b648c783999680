import ky from 'ky'
import { pause } from './pause.ts'

/** A read that has no answer by then is made again: an API that fails also fails for us. */
const READ_MS = 2_000
const PAUSE_MS = 50
const MAX_READS = 1_000

/** How many receipts, and rows of each sheet, there are for a ticket. */
export interface Due {
  readonly receipts: number
  readonly rowsToPrint: number
  readonly rowsToRefund: number
}

type Counts = ReadonlyMap<string, number>

/** What the APIs have of each ticket. */
export type Books = Readonly<Record<keyof Due, Counts>>

export async function readBooks(gatewayUrl: string): Promise<Books> {
  const receipts = await stubbornly<{ ticket_id: string }[]>(`${gatewayUrl}/receipts-api/receipts`)
  const rowsOf = async (sheet: string): Promise<Counts> => {
    const { rows } = await stubbornly<{ rows: string[][] }>(`${gatewayUrl}/spreadsheets-api/sheets/${sheet}/rows`)
    return countsOf(rows.map(([ticketId = '']) => ticketId))
  }
  return {
    receipts: countsOf(receipts.map(({ ticket_id }) => ticket_id)),
    rowsToPrint: await rowsOf('tickets-to-print'),
    rowsToRefund: await rowsOf('tickets-to-refund'),
  }
}

/** One sentence for each ticket that lacks something, and for each that has too much, those that nobody sent among them. */
export function mistakesIn(
  books: Books,
  due: ReadonlyMap<string, Due>,
): { readonly lost: readonly string[]; readonly doubled: readonly string[] } {
  const lost: string[] = []
  const doubled: string[] = []
  for (const [name, counts] of Object.entries(books) as [keyof Due, Counts][]) {
    for (const ticketId of new Set([...due.keys(), ...counts.keys()])) {
      const count = counts.get(ticketId) ?? 0
      const dueCount = due.get(ticketId)?.[name] ?? 0
      const sentence = `${ticketId} has ${count} of its ${dueCount} ${name}`
      if (count < dueCount) lost.push(sentence)
      if (count > dueCount) doubled.push(sentence)
    }
  }
  return { lost, doubled }
}

async function stubbornly<Answer>(url: string): Promise<Answer> {
  for (let reads = 1; ; reads += 1) {
    try {
      return await ky.get(url, { retry: 0, timeout: READ_MS }).json<Answer>()
    } catch (thrown) {
      if (reads === MAX_READS) throw thrown
      await pause(PAUSE_MS)
    }
  }
}

function countsOf(ticketIds: readonly string[]): Counts {
  const counts = new Map<string, number>()
  for (const ticketId of ticketIds) counts.set(ticketId, (counts.get(ticketId) ?? 0) + 1)
  return counts
}
