import type { MessageOf } from '../../src/index.ts'
import { appendToTracker } from './append-to-tracker.ts'
import { receiptsApi } from './clients/receipts.ts'
import { spreadsheetsApi } from './clients/spreadsheets.ts'
import { issueReceipt } from './issue-receipt.ts'

export type TicketTasks = ReturnType<typeof ticketTasks>
export type TicketMessage = MessageOf<TicketTasks>

/** What is done in the background. No call takes longer than `timeoutMs`. */
export function ticketTasks(gatewayAddr: string, timeoutMs: number) {
  return {
    issueReceipt: issueReceipt(receiptsApi(gatewayAddr), timeoutMs),
    appendToTracker: appendToTracker(spreadsheetsApi(gatewayAddr), timeoutMs),
  }
}
