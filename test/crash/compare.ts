import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { systemClock } from '../../src/core/clock.ts'
import type { JobState } from '../../src/core/job.ts'
import type { JobId } from '../../src/core/message.ts'
import type { DatabaseConstructor } from '../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import type { KeptJob, Store } from '../../src/store/store.ts'
import type { Ack } from './acks.ts'
import { noteOf } from './load.ts'

const PAGE = 1_000
const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** What was found in a store after its power was cut. */
export interface Comparison {
  /** Messages that were acknowledged. */
  readonly acked: number
  /** The ids of those that are not there. */
  readonly lost: readonly string[]
  /** What is wrong with all the rest, in words. */
  readonly faults: readonly string[]
}

/** Opens the store as a program would after a power cut, and looks for every message that was acknowledged. */
export async function compare(database: string, acks: readonly Ack[], payloadBytes: number): Promise<Comparison> {
  const expected = new Map(
    acks.flatMap(({ from, first, ids }) => ids.map((id, index) => [id, { from, number: first + index }] as const)),
  )
  const acked = expected.size
  const faults: string[] = []
  try {
    await using store = openSqlite(database)
    const states = { waiting: 0, running: 0, done: 0, dead: 0 } satisfies Record<JobState, number>
    for await (const { id, state, payload } of everyJob(store)) {
      states[state] += 1
      const sent = expected.get(id)
      if (sent === undefined) continue
      if (!isDeepStrictEqual(payload, noteOf(sent.from, sent.number, payloadBytes))) faults.push(`${id} has changed`)
      expected.delete(id)
    }
    const counted = await store.count()
    if (!isDeepStrictEqual(counted, states)) {
      faults.push(`counted ${JSON.stringify(counted)}, there are ${JSON.stringify(states)}`)
    }
    faults.push(...(await faultsOfSend(store)), ...faultsOfFile(database))
  } catch (error) {
    faults.push(String(error))
  }
  return { acked, lost: [...expected.keys()], faults }
}

async function* everyJob(store: Store): AsyncGenerator<KeptJob> {
  let after: JobId | undefined
  for (;;) {
    const jobs = await store.list({}, { after, limit: PAGE })
    yield* jobs
    after = jobs.at(-1)?.id
    if (jobs.length < PAGE) return
  }
}

async function faultsOfSend(store: Store): Promise<readonly string[]> {
  const now = systemClock.now()
  const jobs = [{ task: 'note', payload: { is: 'new' } }]
  const ids = await store.enqueue({ jobs, priority: 8, runAt: now, once: undefined, onceByJob: undefined, now })
  const job = ids === false ? undefined : await store.find(ids[0] as JobId)
  return isDeepStrictEqual(job?.payload, { is: 'new' }) ? [] : ['a message sent afterwards is not there']
}

function faultsOfFile(database: string): readonly string[] {
  const connection = new Connection(database, { timeout: 0, readonly: true })
  try {
    const found = connection.pragma('integrity_check', { simple: true })
    return found === 'ok' ? [] : [`integrity_check: ${String(found)}`]
  } finally {
    connection.close()
  }
}
