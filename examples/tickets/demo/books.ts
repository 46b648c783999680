import { isHTTPError } from 'ky'
import { receiptsApi } from '../clients/receipts.ts'
import { spreadsheetsApi } from '../clients/spreadsheets.ts'

/** The APIs fail for the demo as they do for the service: a read is tried this often. */
const MAX_TRIES = 100

/** The tickets that have a receipt, and those that have a row, once for each. */
export interface Books {
  readonly withReceipt: readonly string[]
  readonly withRow: readonly string[]
}

export async function readBooks(gatewayAddr: string, signal: AbortSignal): Promise<Books> {
  const receipts = await untilAnswered(() => receiptsApi(gatewayAddr).listReceipts({ signal }))
  const rows = await untilAnswered(() => spreadsheetsApi(gatewayAddr).rows('tickets-to-print', { signal }))
  return {
    withReceipt: receipts.map(({ ticketId }) => ticketId),
    withRow: rows.map(([ticketId = '']) => ticketId),
  }
}

async function untilAnswered<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read()
    } catch (error) {
      const mayPass = isHTTPError(error) && error.response.status >= 500
      if (!mayPass || tries === MAX_TRIES) throw error
    }
  }
}
