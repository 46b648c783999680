import { type Clock, type Task, type TaskUpstream, task } from '../../src/index.ts'
import type { SpreadsheetsApi } from './clients/spreadsheets.ts'
import { SharedRead } from './shared-read.ts'

/** The part of a task's time that one read of a sheet may take: who asks may have to wait for the read under way first. */
const PART_OF_A_READ = 0.5

/** The sheets that people work through. */
type Sheet = 'tickets-to-print' | 'tickets-to-refund'

interface Payload {
  readonly sheet: Sheet
  readonly row: readonly [ticketId: string, ...columns: string[]]
  readonly correlationId: string
}

export interface AppendToTrackerOptions {
  readonly upstream: TaskUpstream
  readonly timeoutMs: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Appends a ticket's row to a sheet. The API knows no idempotency key: the same call twice is two rows. So a ticket is sent
 * `once` per sheet, and where nobody knows whether a call made its row, the sheet is read before another call.
 */
export function appendToTracker(
  spreadsheets: Pick<SpreadsheetsApi, 'appendRow' | 'rows'>,
  { upstream, timeoutMs, ...options }: AppendToTrackerOptions,
): Task<Payload, Payload, void> {
  const readOf = (sheet: Sheet): SharedRead<ReadonlySet<string>> =>
    new SharedRead<ReadonlySet<string>>(
      async (signal) => {
        const rows = await spreadsheets.rows(sheet, { signal })
        return new Set(rows.map((row) => JSON.stringify(row)))
      },
      { ...options, timeoutMs: Math.ceil(timeoutMs * PART_OF_A_READ) },
    )
  const reads: Readonly<Record<Sheet, SharedRead<ReadonlySet<string>>>> = {
    'tickets-to-print': readOf('tickets-to-print'),
    'tickets-to-refund': readOf('tickets-to-refund'),
  }
  return task({
    upstream,
    timeoutMs,
    // The correlation id is not part of it: an order sent again may come with another one.
    once: ({ sheet, row }) => ({ key: `${sheet}/${row[0]}`, content: JSON.stringify(row) }),
    run: async ({ sheet, row, correlationId }: Payload, { signal }) =>
      await spreadsheets.appendRow(sheet, row, { correlationId, signal }),
    // The whole row: a ticket may have another one from an order that nobody remembers any more.
    reconcile: async ({ sheet, row }, { signal }) => (await reads[sheet].ask(signal)).has(JSON.stringify(row)),
  })
}
