import { stderr } from 'node:process'
import { Queue, Worker } from 'bullmq'
import { type TicketCalls, ticketCalls } from '../ticket-calls.ts'
import { CONCURRENCY, FIRST_DELAY_MS, type MakeSubject, RETRIES } from './subject.ts'

const NAME = 'tickets'

interface Ticket {
  readonly ticketId: string
}

/** One queue, with BullMQ's own exponential back-off and half of it at random. */
export const bullmq: MakeSubject = async ({ gatewayUrl, log, redisPort }) => {
  if (redisPort === undefined) throw new TypeError('BullMQ needs a redisPort')
  const calls = ticketCalls(gatewayUrl, log)
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null }
  const queue = new Queue<Ticket, void, keyof TicketCalls>(NAME, {
    connection,
    defaultJobOptions: {
      attempts: RETRIES + 1,
      backoff: { type: 'exponential', delay: FIRST_DELAY_MS, jitter: 0.5 },
      removeOnComplete: true,
    },
  })
  const worker = new Worker<Ticket, void, keyof TicketCalls>(NAME, ({ name, data }) => calls[name](data.ticketId), {
    connection,
    concurrency: CONCURRENCY,
  })
  const complain = (thrown: unknown): void => void stderr.write(`BullMQ: ${String(thrown)}\n`)
  queue.on('error', complain)
  worker.on('error', complain)
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    send: (ticketId) => {
      const jobs = (['issueReceipt', 'appendToTracker'] as const).map((name) => ({ name, data: { ticketId } }))
      queue.addBulk(jobs).catch(complain)
    },
    close: async () => {
      await worker.close()
      await queue.close()
    },
  }
}
