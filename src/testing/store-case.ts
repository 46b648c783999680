import type { Ending, Tries } from '../core/ending.ts'
import type { JobId } from '../core/message.ts'
import type { Call, Claimed, Feature, KeptJob, NewJob, Once, Store } from '../store/store.ts'

/** How many jobs the store of a case has room for. */
export const CASE_CAPACITY: number = 10

/** Closes the store, and opens what it has kept anew. */
export type Reopen = () => Promise<Store>

/** One promise of a store. */
export interface StoreCase {
  readonly name: string
  /** Without this feature the promise cannot be kept. */
  readonly needs?: Feature
  /** With `reopen` where it needs `durable`. */
  run(store: Store, reopen?: Reopen): Promise<void>
}

/** A promise that only a store can keep whose jobs outlive it. */
export const durableCase = (name: string, run: (store: Store, reopen: Reopen) => Promise<void>): StoreCase => ({
  name,
  needs: 'durable',
  async run(store, reopen) {
    if (reopen === undefined) throw new Error('a case that needs `durable` must be given `reopen`')
    await run(store, reopen)
  },
})

/** The time at which cases begin, in milliseconds since 1970. */
export const NOW: number = Date.UTC(2026, 0, 1)

export const TRIED_ONCE: Tries = {
  attempts: 1,
  deaths: 0,
  snoozes: 0,
  closings: 0,
  asks: 0,
  unknownSince: undefined,
  last: { kind: 'retry', error: 'Error: it failed' },
}

type JobChange = Partial<NewJob & Pick<Call, 'priority' | 'runAt'>>

/** Keeps jobs of the task `a`, one for each of these changes to a plain one, in a call each. */
export async function keep(store: Store, ...changes: readonly JobChange[]): Promise<readonly JobId[]> {
  const kept = changes.map(async (change) => {
    const ids = await enqueue(store, [change], change)
    if (ids === false) throw new Error('there is no room')
    return ids
  })
  return (await Promise.all(kept)).flat()
}

export interface CallChange extends Partial<Pick<Call, 'priority' | 'runAt'>> {
  readonly once?: Once
  readonly onceByJob?: readonly (Once | undefined)[]
  readonly now?: number
}

export function enqueue(
  store: Store,
  changes: readonly Partial<NewJob>[],
  change: CallChange = {},
): Promise<readonly JobId[]> | false {
  const { once, onceByJob, now = NOW, priority = 8, runAt = now } = change
  const jobs = changes.map(({ task = 'a', payload = {} }) => ({ task, payload }))
  return store.enqueue({ jobs, priority, runAt, once, onceByJob, now })
}

interface ClaimChange {
  readonly places?: number
  readonly now?: number
  readonly tasks?: readonly string[]
}

/** Claims from the tasks `a` and `b`, unless others are named. */
export async function claim(store: Store, change: ClaimChange = {}): Promise<Claimed> {
  const { places = CASE_CAPACITY, now = NOW, tasks = ['a', 'b'] } = change
  return await store.claim({ owner: 'case', places, room: tasks.map((task) => ({ task, places })), now })
}

/** Claims the only job that is due. */
export async function claimOne(store: Store, now: number = NOW): Promise<KeptJob> {
  const { jobs } = await claim(store, { now })
  if (jobs.length !== 1) throw new Error(`one job should have been claimed, got ${jobs.length}`)
  return jobs[0] as KeptJob
}

export async function settle(store: Store, job: KeptJob, ending: Ending, now: number = NOW): Promise<void> {
  await store.settle([{ job, ending }], now)
}

export const done = (store: Store, job: KeptJob, now: number = NOW): Promise<void> =>
  settle(store, job, { kind: 'done', result: undefined }, now)

export const die = (store: Store, job: KeptJob, tries: Tries = TRIED_ONCE): Promise<void> =>
  settle(store, job, { kind: 'dead', reason: 'permanent', error: 'it is bad', tries })

export const retry = (store: Store, job: KeptJob, at: number): Promise<void> =>
  settle(store, job, { kind: 'retry', at, tries: TRIED_ONCE })

export const idsOf = (jobs: readonly KeptJob[]): readonly JobId[] => jobs.map(({ id }) => id)

/** Once it is written how attempts ended, also where the store has answered at once. */
export async function settled(store: Store, now: number = NOW): Promise<void> {
  await store.change({ ids: [] }, { kind: 'replay' }, now)
}

export const code = (expected: string): { readonly code: string } => ({ code: expected })
