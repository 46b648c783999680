import { Logger, run } from 'graphile-worker'
import { stderr } from 'node:process'
import { CONCURRENCY, type MakeSubject, type Ticket } from './subject.ts'
import { Tally } from './tally.ts'

const TASK = 'issueReceipt'
const CONNECTIONS = 20

/** With the batches that its guide to performance names: a local queue, and endings that are written together. */
export const graphileWorker: MakeSubject = async ({ postgresUrl }, handler) => {
  if (postgresUrl === undefined) throw new TypeError('graphile-worker needs a postgresUrl')
  const logger = new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') stderr.write(`graphile-worker: ${message}\n`)
  })
  const tally = new Tally()
  const runner = await run({
    preset: {
      worker: {
        connectionString: postgresUrl,
        maxPoolSize: CONNECTIONS,
        concurrentJobs: CONCURRENCY,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        logger,
      },
    },
    taskList: { [TASK]: (payload) => handler(payload as Ticket) },
    noHandleSignals: true,
  })
  runner.events.on('job:complete', () => tally.add())
  return {
    send: (...tickets) => Promise.all(tickets.map((ticket) => runner.addJob(TASK, ticket))),
    done: (count) => tally.reached(count),
    [Symbol.asyncDispose]: () => runner.stop(),
  }
}
