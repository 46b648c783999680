import express from 'express'
import { webhook } from '../../src/express/index.ts'
import { Worker } from '../../src/index.ts'
import { listen } from './listen.ts'
import { type Order, PATH } from './order.ts'

interface Ticket {
  readonly ticketId: string
}

// The webhook of a user: in memory, with no-op handlers and more room than 50 connections can fill.

let worked = 0
const work = async (_ticket: Ticket): Promise<void> => {
  worked += 1
}

const worker = new Worker({ tasks: { issueReceipt: work, appendToTracker: work }, capacity: 100_000 })
const stop = new AbortController()
const running = worker.run(stop.signal)

const app = express()
app.post(
  PATH,
  webhook({
    worker,
    messages: (body) =>
      ticketsOf(body).flatMap(({ ticketId }) => [
        { task: 'issueReceipt', ticketId },
        { task: 'appendToTracker', ticketId },
      ]),
  }),
)

await listen(app, async () => {
  await worker.idle()
  stop.abort()
  await running
  return { worked }
})

function ticketsOf(body: unknown): Order['tickets'] {
  if (isOrder(body)) return body.tickets
  throw new TypeError('an order must have tickets')
}

function isOrder(body: unknown): body is Order {
  return typeof body === 'object' && body !== null && 'tickets' in body && Array.isArray(body.tickets)
}
