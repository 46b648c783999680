import { systemClock } from '../../../src/core/clock.ts'
import { subscribe, task, Upstream, Worker } from '../../../src/index.ts'
import { upstreamHooks } from '../../../src/upstream/ky.ts'
import { ticketCalls } from '../ticket-calls.ts'
import { CONCURRENCY, CONCURRENCY_OF_API, type MakeSubject } from './subject.ts'

/** Far more messages than wait in an outage. */
const CAPACITY = 100_000

interface Ticket {
  readonly ticketId: string
}

/** A worker in memory, with an upstream for each API and its own back-off. */
export const willcall: MakeSubject = async ({ gatewayUrl, log }) => {
  const receipts = new Upstream('receipts', { concurrency: CONCURRENCY_OF_API })
  const spreadsheets = new Upstream('spreadsheets', { concurrency: CONCURRENCY_OF_API })
  const calls = ticketCalls(gatewayUrl, log, {
    receipts: { ...upstreamHooks(receipts), timeout: false },
    spreadsheets: { ...upstreamHooks(spreadsheets), timeout: false },
  })
  const worker = new Worker({
    tasks: {
      issueReceipt: task({
        upstream: receipts,
        run: ({ ticketId }: Ticket, { signal }) => calls.issueReceipt(ticketId, { signal }),
      }),
      appendToTracker: task({
        upstream: spreadsheets,
        run: ({ ticketId }: Ticket, { signal }) => calls.appendToTracker(ticketId, { signal }),
      }),
    },
    concurrency: CONCURRENCY,
    capacity: CAPACITY,
  })
  let spent = 0
  let closedAt: number | undefined
  subscribe('attempt.failed', () => {
    spent += 1
  })
  subscribe('upstream.closed', () => {
    closedAt ??= systemClock.elapsed()
  })
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  return {
    send: (ticketId) => void worker.send({ task: 'issueReceipt', ticketId }, { task: 'appendToTracker', ticketId }),
    attemptsSpent: () => spent,
    closedAt: () => closedAt,
    close: async () => {
      stop.abort()
      await running
    },
  }
}
