import path from 'node:path'
import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker, type Logger } from 'plainjob'
import { CONCURRENCY, type MakeSubject, type Ticket } from './subject.ts'
import { Tally } from './tally.ts'

const TASK = 'issueReceipt'
const SILENT: Logger = { error: console.error, warn: console.error, info: () => {}, debug: () => {} }
/** How long a worker that found nothing sleeps: plainjob has no bell, and its default is a second. */
const POLL_MS = 10

/** As it comes, which is synchronous=NORMAL: what it acknowledged may be gone after a power cut. A worker for each place. */
export const plainjob: MakeSubject = async ({ folder }, handler) => {
  const database = new Database(path.join(folder, 'plainjob.db'), { timeout: 5_000 })
  const queue = defineQueue({ connection: better(database), logger: SILENT })
  const tally = new Tally()
  const workers = Array.from({ length: CONCURRENCY }, () =>
    defineWorker(TASK, ({ data }) => handler(JSON.parse(data) as Ticket), {
      queue,
      logger: SILENT,
      pollIntervall: POLL_MS,
      onCompleted: () => tally.add(),
    }),
  )
  const running = workers.map((worker) => worker.start())
  return {
    send: async (...tickets) =>
      tickets.length === 1 ? queue.add(TASK, tickets[0]) : queue.addMany(TASK, [...tickets]),
    done: (count) => tally.reached(count),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
      await Promise.all(running)
      queue.close()
    },
  }
}
