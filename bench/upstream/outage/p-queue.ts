import { stderr } from 'node:process'
import PQueue from 'p-queue'
import pRetry, { type Options } from 'p-retry'
import { ticketCalls } from '../ticket-calls.ts'
import { CONCURRENCY, CONCURRENCY_OF_API, FIRST_DELAY_MS, type MakeSubject, RETRIES } from './subject.ts'

/** p-retry's own back-off, doubled from 1 s, with a bound; without one it would wait for days in the end. */
const BACK_OFF: Options = { retries: RETRIES, minTimeout: FIRST_DELAY_MS, factor: 2, maxTimeout: 30_000 }

type Call = () => Promise<void>
type Add = (call: Call) => Promise<void>

/** As users write it most: one queue, whose place a call keeps while it waits for its next attempt. */
export const oneQueue: MakeSubject = async (parts) => {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const add: Add = (call) => queue.add(() => pRetry(call, BACK_OFF))
  return subjectOf(ticketCalls(parts.gatewayUrl, parts.log), add, add)
}

/** A queue of its own for each API: the one that is down takes no place of the other. */
export const queueOfEachApi: MakeSubject = async (parts) => {
  const addTo =
    (queue: PQueue): Add =>
    (call) =>
      queue.add(() => pRetry(call, BACK_OFF))
  const [receipts, spreadsheets] = [CONCURRENCY_OF_API, CONCURRENCY_OF_API].map((concurrency) =>
    addTo(new PQueue({ concurrency })),
  ) as [Add, Add]
  return subjectOf(ticketCalls(parts.gatewayUrl, parts.log), receipts, spreadsheets)
}

/** The other way round: each attempt goes through the queue, and waits outside of it for the next one. */
export const retryAround: MakeSubject = async (parts) => {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const add: Add = (call) => pRetry(() => queue.add(call), BACK_OFF)
  return subjectOf(ticketCalls(parts.gatewayUrl, parts.log), add, add)
}

function subjectOf(
  { issueReceipt, appendToTracker }: ReturnType<typeof ticketCalls>,
  addReceipt: Add,
  addRow: Add,
): Awaited<ReturnType<MakeSubject>> {
  const givenUp = (thrown: unknown): void => void stderr.write(`given up: ${String(thrown)}\n`)
  return {
    send: (ticketId) => {
      addReceipt(() => issueReceipt(ticketId)).catch(givenUp)
      addRow(() => appendToTracker(ticketId)).catch(givenUp)
    },
    close: async () => {},
  }
}
