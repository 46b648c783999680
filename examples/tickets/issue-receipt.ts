import { type Task, task } from '../../src/index.ts'
import { callEnding } from './call-ending.ts'
import type { ReceiptsApi } from './clients/receipts.ts'

interface Payload {
  readonly ticketId: string
  readonly correlationId: string
}

/** Issues a ticket's receipt. The API knows the idempotency key, so that trying again is always safe. */
export function issueReceipt(
  receipts: Pick<ReceiptsApi, 'issueReceipt'>,
  timeoutMs: number,
): Task<Payload, Payload, { number: string }> {
  return task({
    timeoutMs,
    run: async ({ ticketId, correlationId }: Payload, { idempotencyKey, signal }) => {
      try {
        const { number } = await receipts.issueReceipt(ticketId, { idempotencyKey, correlationId, signal })
        return { number }
      } catch (error) {
        throw callEnding(error)
      }
    },
  })
}
