import assert from 'node:assert/strict'
import type { AsyncCommand } from 'fast-check'
import type { Ending, Tries } from '../../src/core/ending.ts'
import { WillcallError } from '../../src/core/errors.ts'
import type { JobId } from '../../src/core/message.ts'
import type { Call, Claimed, ClaimQuery, Filter, KeptJob, Settlement, Store } from '../../src/store/store.ts'
import { compareClaimed, compareJob, compareJobs, compareRoom, compareStates, compareStore } from './model-compare.ts'
import type { Handed, Reference } from './model-reference.ts'
import { type By, CAPACITY, type FilterStep, type SettleStep, type Step, TASKS } from './model-steps.ts'
import type { Stores } from './model-stores.ts'

const ALL = { limit: 1_000 }
/** Until all is due. */
const LATER_MS = 10_000

type StepOf<Verb extends Step['verb']> = Extract<Step, { readonly verb: Verb }>

/** Takes one step with the stores and with the reference, and compares. */
export class StepCommand implements AsyncCommand<Reference, Stores> {
  readonly #step: Step

  constructor(step: Step) {
    this.#step = step
  }

  check(): boolean {
    return true
  }

  async run(reference: Reference, stores: Stores): Promise<void> {
    const step: Step = 'by' in this.#step && stores.isAlone ? { ...this.#step, by: 0 } : this.#step
    const store = stores.of('by' in step && step.by !== 'both' ? step.by : 0)
    await settled(store, reference.now)
    await take(step, reference, stores)
    await settled(stores.last, reference.now)
    await compareStore(reference, stores.last)
  }

  toString(): string {
    return JSON.stringify(this.#step)
  }
}

async function take(step: Step, reference: Reference, stores: Stores): Promise<void> {
  switch (step.verb) {
    case 'enqueue':
      return enqueue(step, reference, stores.of(step.by))
    case 'claim':
      return claim(step, reference, stores)
    case 'settle':
      return settle(step, reference, stores.of(step.by))
    case 'change':
      return change(step, reference, stores)
    case 'find':
      return find(step, reference, stores.of(step.by))
    case 'list':
      return list(step, reference, stores)
    case 'recall':
      assert.deepEqual(await stores.of(step.by).recall(step.prefix), await reference.memory.recall(step.prefix))
      return undefined
    case 'remember': {
      const { name, value, expected } = step
      const told = await stores.of(step.by).remember(name, value, expected)
      assert.equal(told, await reference.memory.remember(name, value, expected))
      return undefined
    }
    case 'goOn':
      reference.now += step.ms
      return undefined
    case 'reopen':
      return reopen(stores.isAlone ? [0] : step.by === 'both' ? [0, 1] : [step.by], reference, stores)
    default:
      return step satisfies never
  }
}

/** Once all that was asked of a store before is written, also where it has answered at once. */
async function settled(store: Store, now: number): Promise<void> {
  await store.change({ ids: [] }, { kind: 'replay' }, now)
}

/** The ids, false, or the code of the error. */
async function answerOf(store: Store, call: Call): Promise<readonly JobId[] | string | false> {
  try {
    return await store.enqueue(call)
  } catch (error) {
    if (error instanceof WillcallError) return error.code
    throw error
  }
}

async function enqueue({ calls }: StepOf<'enqueue'>, reference: Reference, store: Store): Promise<void> {
  const { now } = reference
  const all = calls.map(({ tasks, priority, delayMs, once, onceByJob }): Call => {
    const jobs = tasks.map((task) => ({ task, payload: { n: (reference.sent += 1) } }))
    return { jobs, priority, runAt: now + delayMs, once, onceByJob: onceByJob?.slice(0, tasks.length), now }
  })
  const answers = await Promise.all(all.map((call) => answerOf(store, call)))
  for (const [index, call] of all.entries()) {
    const answer = answers[index]
    const expected = await answerOf(reference.memory, call)
    if (typeof answer === 'object' && typeof expected === 'object') reference.named(answer, expected)
    else assert.equal(answer, expected)
  }
}

/** What a store settles of what was handed out: what it has in work, and also what is settled already, by whomever. */
function settlingOf(steps: readonly SettleStep[], by: By, reference: Reference): readonly Settling[] {
  const inWork = reference.inWork.filter((each) => each.by === by)
  const known = [...inWork, ...reference.handed.filter(({ isSettled }) => isSettled)]
  if (known.length === 0) return []
  return steps.map((step) => {
    const handed = known[step.claim % known.length] as Handed
    return { handed, ending: endingOf(step, handed.expected.tries, reference.now) }
  })
}

interface Settling {
  readonly handed: Handed
  readonly ending: Ending
}

function endingOf({ ending }: SettleStep, tries: Tries, now: number): Ending {
  const { attempts, snoozes } = tries
  switch (ending.kind) {
    case 'done':
      return ending
    case 'dead':
      return { ...ending, tries: { ...tries, attempts: attempts + 1 } }
    case 'retry':
    case 'snoozed':
    case 'unknown': {
      const { kind, inMs } = ending
      const counted = kind === 'snoozed' ? { snoozes: snoozes + 1 } : { attempts: attempts + 1 }
      const unknownSince = kind === 'unknown' ? now : undefined
      return { kind, at: now + inMs, tries: { ...tries, ...counted, unknownSince, last: { kind, error: 'it failed' } } }
    }
    default:
      return ending satisfies never
  }
}

function settle({ by, settling }: StepOf<'settle'>, reference: Reference, store: Store): void | Promise<void> {
  const all = settlingOf(settling, by, reference)
  const written = store.settle(given(all, 'job'), reference.now)
  settleReference(all, reference)
  return written
}

const given = (all: readonly Settling[], side: 'job' | 'expected'): readonly Settlement[] =>
  all.map(({ handed, ending }) => ({ job: handed[side], ending }))

function settleReference(all: readonly Settling[], reference: Reference): void {
  reference.memory.settle(given(all, 'expected'), reference.now)
  for (const { handed } of all) handed.isSettled = true
}

async function claim(step: StepOf<'claim'>, reference: Reference, stores: Stores): Promise<void> {
  const { by, places, room, sharedPlaces, isFresh } = step
  const { now } = reference
  const store = stores.of(by)
  if (isFresh) await stores.putBack(now)
  const ready = await store.list({ state: 'waiting' }, ALL)
  const shared = { upstream: 'u', places: sharedPlaces }
  const rooms = room.map(({ task, places: most, isShared }) => ({ task, places: most, ...(isShared && { shared }) }))
  const query: ClaimQuery = { owner: 'model', places, room: rooms, now }

  const settling = settlingOf(step.settling, by, reference)
  const written = settling.length > 0 ? store.settle(given(settling, 'job'), now) : undefined
  const claimed = await store.claim(query)
  await written
  settleReference(settling, reference)
  const jobs = step.isPatient ? await allOf(claimed, query, reference, store) : claimed.jobs

  const before = reference.handed.length
  const expected = reference.claim(query, jobs, by)
  for (const { job, expected: same } of reference.handed.slice(before)) compareJob(reference, job, same)
  compareRoom(jobs, query)
  const isExact = isFresh && stores.isAlone && settling.length === 0 && room.length > 0 && !step.isPatient
  if (isExact) compareClaimed(claimed, expected, ready)
}

async function allOf(
  { jobs }: Claimed,
  query: ClaimQuery,
  reference: Reference,
  store: Store,
): Promise<readonly KeptJob[]> {
  const count = reference.countReady(query)
  const all = [...jobs]
  for (;;) {
    all.push(...(await store.claim(restOf(query, all))).jobs)
    if (all.length >= count) return all
    await store.changed.sleep()
  }
}

/** The room that is left once these were claimed. */
function restOf({ places, room, ...query }: ClaimQuery, jobs: readonly KeptJob[]): ClaimQuery {
  const countOf = (tasks: readonly string[]): number => jobs.filter(({ task }) => tasks.includes(task)).length
  const sharing = room.filter(({ shared }) => shared !== undefined).map(({ task }) => task)
  const rest = room.map(({ task, places: most, shared }) => ({
    task,
    places: most - countOf([task]),
    ...(shared && { shared: { ...shared, places: shared.places - countOf(sharing) } }),
  }))
  return { ...query, places: places - jobs.length, room: rest }
}

function filterOf({ jobs, state, task }: FilterStep, reference: Reference): Filter {
  return { ids: jobs?.map((nth) => reference.idOf(nth)), state, task }
}

const expectedFilter = (filter: Filter, reference: Reference): Filter => ({
  ...filter,
  ids: filter.ids?.map((id) => reference.expectedOf(id)),
})

async function change(step: StepOf<'change'>, reference: Reference, stores: Stores): Promise<void> {
  const { now } = reference
  const filter = filterOf(step.filter, reference)
  if (step.change.kind === 'progress') await stores.putBack(now)
  const changed = await stores.of(step.by).change(filter, step.change, now)
  assert.equal(changed, await reference.memory.change(expectedFilter(filter, reference), step.change, now))
}

async function find({ job }: StepOf<'find'>, reference: Reference, store: Store): Promise<void> {
  const id = reference.idOf(job)
  compareJob(reference, await store.find(id), await reference.memory.find(reference.expectedOf(id)))
}

async function list(step: StepOf<'list'>, reference: Reference, stores: Stores): Promise<void> {
  const filter = filterOf(step.filter, reference)
  const after = step.after === undefined ? undefined : reference.idOf(step.after)
  const { limit } = step
  await stores.putBack(reference.now)
  const jobs = await stores.of(step.by).list(filter, { after, limit })
  const page = { after: after && reference.expectedOf(after), limit }
  compareJobs(reference, jobs, await reference.memory.list(expectedFilter(filter, reference), page))
}

/** What was in work has begun, so its outcome is unknown; it has its attempts still, and may be claimed at once. */
async function reopen(closed: readonly By[], reference: Reference, stores: Stores): Promise<void> {
  await stores.close(...closed)
  const store = stores.of(closed[0] as By)
  for (const handed of reference.inWork.filter(({ by }) => closed.includes(by))) {
    const job = await store.find(handed.job.id)
    assert.ok(job)
    const { deaths, unknownSince, last, ...tries } = job.tries
    assert.deepEqual({ ...handed.expected.tries, deaths, unknownSince, last }, { ...tries, deaths, unknownSince, last })
    assert.ok(unknownSince !== undefined && last?.kind === 'unknown', `the outcome of ${job.id} is unknown`)
    assert.ok(job.runAt <= reference.now, `${job.id} may be claimed at once`)
    reference.memory.settle(
      [{ job: handed.expected, ending: { kind: 'unknown', at: job.runAt, tries: job.tries } }],
      reference.now,
    )
    handed.isSettled = true
  }
}

/** Nothing is left half done, and whatever is open can be brought to its end. */
export async function compareEnd(reference: Reference, stores: Stores): Promise<void> {
  await stores.putBack(reference.now)
  await reopen([0, 1], reference, stores)
  await compareStore(reference, stores.of(0))
  await compareStates(reference, stores.of(0))
  reference.now += LATER_MS
  const room = TASKS.map((task) => ({ task, places: CAPACITY }))
  const query = { owner: 'model', places: CAPACITY, room, now: reference.now }
  const jobs = await allOf({ jobs: [], nextAt: undefined }, query, reference, stores.of(0))
  assert.equal(jobs.length, (await reference.memory.count()).waiting)
}
