import { argv } from 'node:process'
import express from 'express'
import { webhook } from '../../src/express/index.ts'
import { Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { listen } from './listen.ts'
import { PATH, ticketsOf } from './order.ts'

interface Ticket {
  readonly ticketId: string
}

// The webhook of a user with no-op handlers: on the file that is named, else in memory with more room than 50 connections can fill.

let worked = 0
const work = async (_ticket: Ticket): Promise<void> => {
  worked += 1
}

const [, , file] = argv
const store = file === undefined ? undefined : openSqlite(file)
const worker = new Worker({
  tasks: { issueReceipt: work, appendToTracker: work },
  ...(store === undefined ? { capacity: 100_000 } : { store }),
})
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
  await store?.[Symbol.asyncDispose]()
  return { worked }
})
