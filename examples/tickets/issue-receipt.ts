import { type Task, type TaskUpstream, task } from '../../src/index.ts'
import type { Price, ReceiptsApi } from './clients/receipts.ts'

interface Payload {
  readonly ticketId: string
  /** Default: the receipt has none. */
  readonly price?: Price
  readonly correlationId: string
}

export interface IssueReceiptOptions {
  readonly upstream: TaskUpstream
  readonly timeoutMs: number
}

/** Issues a ticket's receipt. The API knows the idempotency key, so that trying again is always safe. */
export function issueReceipt(
  receipts: Pick<ReceiptsApi, 'issueReceipt'>,
  options: IssueReceiptOptions,
): Task<Payload, Payload, { number: string }> {
  return task({
    ...options,
    run: async ({ ticketId, price, correlationId }: Payload, { idempotencyKey, signal }) => {
      const { number } = await receipts.issueReceipt(ticketId, { price, idempotencyKey, correlationId, signal })
      return { number }
    },
  })
}
