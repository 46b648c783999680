import { type ReportedUpstream, systemClock, UnknownError, UpstreamError } from '../../../src/index.ts'
import { type Receipt, receiptsApi } from '../clients/receipts.ts'
import { type Row, spreadsheetsApi } from '../clients/spreadsheets.ts'
import { pause } from './pause.ts'

/** A read that takes longer is given up. */
const READ_MS = 2_000
/** How long after a failure a read is tried again, where the API does not ask for a longer time. */
const PAUSE_MS = 50
/** No read is tried again once this time has passed. */
const LIMIT_MS = 30_000

/** What the APIs have. */
export interface Books {
  readonly receipts: readonly Receipt[]
  readonly toPrint: readonly Row[]
  readonly toRefund: readonly Row[]
}

/** Reads all of it. The APIs fail for the demo as they do for the service: a read is tried until it is answered. */
export async function readBooks(gatewayAddr: string, stop: AbortSignal): Promise<Books> {
  const receipts = receiptsApi(gatewayAddr, onlooker('receipts'))
  const spreadsheets = spreadsheetsApi(gatewayAddr, onlooker('spreadsheets'))
  return {
    receipts: await untilAnswered((signal) => receipts.listReceipts({ signal }), stop),
    toPrint: await untilAnswered((signal) => spreadsheets.rows('tickets-to-print', { signal }), stop),
    toRefund: await untilAnswered((signal) => spreadsheets.rows('tickets-to-refund', { signal }), stop),
  }
}

/** Nothing is held back where an onlooker's reads fail. */
const onlooker = (name: string): ReportedUpstream => ({ name, answered: () => {}, failed: () => {} })

async function untilAnswered<T>(read: (signal: AbortSignal) => Promise<T>, stop: AbortSignal): Promise<T> {
  const until = systemClock.elapsed() + LIMIT_MS
  for (;;) {
    try {
      return await read(AbortSignal.any([stop, AbortSignal.timeout(READ_MS)]))
    } catch (error) {
      const waitMs = waitMsAfter(error)
      if (waitMs === undefined || systemClock.elapsed() + waitMs > until) throw error
      await pause(waitMs, stop)
    }
  }
}

/** Undefined where it would be in vain to try again. */
function waitMsAfter(error: unknown): number | undefined {
  if (error instanceof UpstreamError) return Math.max(PAUSE_MS, error.retryAfterMs ?? 0)
  return error instanceof UnknownError ? PAUSE_MS : undefined
}
