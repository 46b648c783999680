import ky, { type Options } from 'ky'
import type { Api, CallLog } from './call-log.ts'

/** A call that takes longer has failed. */
const CALL_MS = 10_000

/** What is done for a ticket: one call of each API. An answer of 300 or more is thrown. */
export interface TicketCalls {
  readonly issueReceipt: (ticketId: string, options?: CallOptions) => Promise<void>
  readonly appendToTracker: (ticketId: string, options?: CallOptions) => Promise<void>
}

interface CallOptions {
  readonly signal?: AbortSignal
}

/** What ky is told besides, for each API. */
type OptionsOf = Partial<Readonly<Record<Api, Options>>>

/** The calls, each tried once: whoever makes them tries again. */
export function ticketCalls(gatewayUrl: string, log: CallLog, optionsOf: OptionsOf = {}): TicketCalls {
  const client = (api: Api) =>
    ky.create({ baseUrl: `${gatewayUrl}/`, retry: 0, timeout: CALL_MS }).extend(optionsOf[api] ?? {})
  const receipts = client('receipts')
  const spreadsheets = client('spreadsheets')
  return {
    // The body is read, or the connection could not be used again.
    issueReceipt: (ticketId, options) =>
      log.logged('receipts', ticketId, async () => {
        await receipts.put('receipts-api/receipts', { ...options, json: { ticket_id: ticketId } }).arrayBuffer()
      }),
    appendToTracker: (ticketId, options) =>
      log.logged('spreadsheets', ticketId, async () => {
        const path = 'spreadsheets-api/sheets/tickets-to-print/rows'
        await spreadsheets.post(path, { ...options, json: { columns: [ticketId] } }).arrayBuffer()
      }),
  }
}
