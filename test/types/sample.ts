import { z } from 'zod'
import { task, Worker } from '../../src/index.ts'

export interface Ticket {
  readonly ticketId: string
  readonly note?: string
}

export type Order = { readonly kind: 'card'; readonly card: string } | { readonly kind: 'cash'; readonly till: number }

interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
}

interface Deep {
  readonly lines: { readonly sku: string; readonly price: { readonly amount: string } }[]
  readonly tags?: readonly string[]
}

const api = {
  issue: async (_id: string, _options: { idempotencyKey: string; signal: AbortSignal }) => ({ number: 1 }),
  hasRow: async (_id: string, _options: { signal: AbortSignal }) => true,
}

/** A worker with a task of every form that there is. */
export const worker = new Worker({
  tasks: {
    issueReceipt: task({
      run: ({ ticketId }: Ticket, { idempotencyKey, signal }) => api.issue(ticketId, { idempotencyKey, signal }),
    }),
    appendToTracker: task({
      once: ({ ticketId }) => ticketId,
      idempotencyKey: ({ ticketId }) => ticketId,
      run: ({ ticketId }: Ticket, { signal }) => api.hasRow(ticketId, { signal }),
      reconcile: ({ ticketId }, { signal }) => api.hasRow(ticketId, { signal }),
    }),
    plain: async ({ ticketId }: Ticket, { signal }) => {
      await api.hasRow(ticketId, { signal })
    },
    nothing: async () => 7,
    pay: async (_order: Order) => 'paid' as const,
    deep: async (_deep: Deep) => {},
    tree: (_tree: Tree) => {},
    typed: task({
      schema: z.object({ ticketId: z.string(), at: z.iso.datetime().transform((at) => new Date(at)) }),
      timeoutMs: 1_000,
      run: async ({ at }) => at.getTime(),
      reconcile: ({ at }) => at.getTime() > 0,
    }),
  },
})
