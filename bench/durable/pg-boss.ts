import { stderr } from 'node:process'
import { PgBoss } from 'pg-boss'
import { CONCURRENCY, type MakeSubject, type Ticket } from './subject.ts'
import { Tally } from './tally.ts'

const NAME = 'tickets'
/** Jobs of one fetch, of which ten are worked at once. */
const BATCH = 1_000
/** The shortest that it takes, in seconds. */
const POLL_S = 0.5
const CONNECTIONS = 20

/** Woken by NOTIFY, and fetched in batches without a pause while they come back full. */
export const pgBoss: MakeSubject = async ({ postgresUrl }, handler) => {
  if (postgresUrl === undefined) throw new TypeError('pg-boss needs a postgresUrl')
  const boss = new PgBoss({ connectionString: postgresUrl, max: CONNECTIONS, useListenNotify: true, schedule: false })
  boss.on('error', (thrown) => void stderr.write(`pg-boss: ${String(thrown)}\n`))
  await boss.start()
  await boss.createQueue(NAME, { notify: true })
  const tally = new Tally()
  await boss.work<Ticket>(
    NAME,
    { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: POLL_S },
    async (jobs) => {
      for (let first = 0; first < jobs.length; first += CONCURRENCY) {
        await Promise.all(jobs.slice(first, first + CONCURRENCY).map(({ data }) => handler(data)))
      }
      tally.add(jobs.length)
    },
  )
  return {
    send: (...tickets) =>
      tickets.length === 1
        ? boss.send(NAME, tickets[0] as Ticket)
        : boss.insert(
            NAME,
            tickets.map((data) => ({ data })),
          ),
    done: (count) => tally.reached(count),
    [Symbol.asyncDispose]: async () => {
      await boss.stop({ graceful: true })
    },
  }
}
