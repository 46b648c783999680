import { stderr } from 'node:process'
import { Queue, Worker } from 'bullmq'
import { CONCURRENCY, type MakeSubject, type Ticket } from './subject.ts'
import { Tally } from './tally.ts'

const NAME = 'tickets'
const TASK = 'issueReceipt'

/** One queue and one worker of it; what is done is not kept. Whether it outlives a power cut is up to its Redis. */
export const bullmq: MakeSubject = async ({ redisPort }, handler) => {
  if (redisPort === undefined) throw new TypeError('BullMQ needs a redisPort')
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null }
  const queue = new Queue<Ticket>(NAME, { connection, defaultJobOptions: { removeOnComplete: true } })
  const worker = new Worker<Ticket>(NAME, ({ data }) => handler(data), { connection, concurrency: CONCURRENCY })
  const complain = (thrown: unknown): void => void stderr.write(`BullMQ: ${String(thrown)}\n`)
  queue.on('error', complain)
  worker.on('error', complain)
  const tally = new Tally()
  worker.on('completed', () => tally.add())
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    send: (...tickets) =>
      tickets.length === 1
        ? queue.add(TASK, tickets[0] as Ticket)
        : queue.addBulk(tickets.map((data) => ({ name: TASK, data }))),
    done: (count) => tally.reached(count),
    [Symbol.asyncDispose]: async () => {
      await worker.close()
      await queue.close()
    },
  }
}
