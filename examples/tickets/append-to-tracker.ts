import { type Task, task } from '../../src/index.ts'
import { callEnding } from './call-ending.ts'
import type { SpreadsheetsApi } from './clients/spreadsheets.ts'
import { SharedRead } from './shared-read.ts'

/** The sheets that people work through. */
type Sheet = 'tickets-to-print'

interface Payload {
  readonly sheet: Sheet
  readonly row: readonly [ticketId: string, ...columns: string[]]
  readonly correlationId: string
}

/**
 * Appends a ticket's row to a sheet. The API knows no idempotency key: the same call twice is two rows. So a ticket is sent
 * `once` per sheet, and where nobody knows whether a call made its row, the sheet is read before another call.
 */
export function appendToTracker(
  spreadsheets: Pick<SpreadsheetsApi, 'appendRow' | 'rows'>,
  timeoutMs: number,
): Task<Payload, Payload, void> {
  const ticketsIn = async (sheet: Sheet, signal: AbortSignal): Promise<ReadonlySet<string | undefined>> => {
    const rows = await spreadsheets.rows(sheet, { signal })
    return new Set(rows.map(([ticketId]) => ticketId))
  }
  const reads: Readonly<Record<Sheet, SharedRead<ReadonlySet<string | undefined>>>> = {
    'tickets-to-print': new SharedRead((signal) => ticketsIn('tickets-to-print', signal), { timeoutMs }),
  }
  return task({
    timeoutMs,
    // The correlation id is not part of it: an order sent again may come with another one.
    once: ({ sheet, row }) => ({ key: `${sheet}/${row[0]}`, content: JSON.stringify(row) }),
    run: async ({ sheet, row, correlationId }: Payload, { signal }) => {
      try {
        await spreadsheets.appendRow(sheet, row, { correlationId, signal })
      } catch (error) {
        throw callEnding(error)
      }
    },
    reconcile: async ({ sheet, row }, { signal }) => (await reads[sheet].ask(signal)).has(row[0]),
  })
}
