import express from 'express'
import { logTo, Worker } from 'willcall'
import { webhook } from 'willcall/express'
import { openSqlite } from 'willcall/sqlite'
import { z } from 'zod'

await using store = openSqlite('orders.db')
const worker = new Worker({
  store,
  tasks: {
    issueReceipt: async ({ ticketId }: { ticketId: string }, { signal, idempotencyKey }) => {
      const body = JSON.stringify({ ticket_id: ticketId, idempotency_key: idempotencyKey })
      const response = await fetch(`${process.env.RECEIPTS_URL}/receipts`, { method: 'PUT', body, signal })
      if (!response.ok) throw new Error(`the receipts API answered ${response.status}`)
    },
  },
})
const app = express().post(
  '/orders',
  webhook({
    worker,
    schema: z.object({ tickets: z.array(z.string().min(1)).max(100) }),
    messages: ({ tickets }) => tickets.map((ticketId) => ({ task: 'issueReceipt' as const, ticketId })),
  }),
)
const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1')

logTo(process.stderr)
const stop = new AbortController()
process.once('SIGTERM', () => {
  server.close()
  stop.abort()
})
await worker.run(stop.signal)
