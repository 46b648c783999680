import type { Clock, MessageOf } from '../../src/index.ts'
import { appendToTracker } from './append-to-tracker.ts'
import { receiptsApi } from './clients/receipts.ts'
import { spreadsheetsApi } from './clients/spreadsheets.ts'
import { issueReceipt } from './issue-receipt.ts'
import type { Upstreams } from './upstreams.ts'

export type TicketTasks = ReturnType<typeof ticketTasks>
export type TicketMessage = MessageOf<TicketTasks>

export interface TicketTasksParts {
  /** Where the APIs are. */
  readonly gatewayAddr: string
  readonly upstreams: Upstreams
  /** No call takes longer. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** What is done in the background. */
export function ticketTasks({ gatewayAddr, upstreams, timeoutMs, clock }: TicketTasksParts) {
  const { receipts, spreadsheets } = upstreams
  return {
    issueReceipt: issueReceipt(receiptsApi(gatewayAddr, receipts, clock), { upstream: receipts, timeoutMs }),
    appendToTracker: appendToTracker(spreadsheetsApi(gatewayAddr, spreadsheets, clock), {
      upstream: spreadsheets,
      timeoutMs,
      clock,
    }),
  }
}
