import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { Claimed, ClaimQuery, KeptJob, Store } from '../../src/store/store.ts'
import type { Reference } from './model-reference.ts'

const ALL = { limit: 1_000 }

/** What both must tell of a job, but whether it waits or is held to be handed out soon. */
const factsOf = ({ task, payload, priority, sentAt, runAt, tries, progress, endedAt, result, dead }: KeptJob) => ({
  task,
  payload,
  priority,
  sentAt,
  runAt,
  tries: { ...tries },
  progress,
  endedAt,
  result,
  dead,
})

const isOpen = ({ state }: KeptJob): boolean => state === 'waiting' || state === 'running'

export function compareJob(reference: Reference, job: KeptJob | undefined, expected: KeptJob | undefined): void {
  assert.equal(job && reference.expectedOf(job.id), expected?.id)
  if (job === undefined || expected === undefined) return
  assert.deepEqual(factsOf(job), factsOf(expected), `of ${job.id}`)
  if (expected.state === 'waiting') assert.ok(isOpen(job), `${job.id} is open`)
  else assert.equal(job.state, expected.state, `the state of ${job.id}`)
}

export function compareJobs(reference: Reference, jobs: readonly KeptJob[], expected: readonly KeptJob[]): void {
  const idsOf = (all: readonly KeptJob[]): readonly string[] => all.map(({ id }) => reference.expectedOf(id))
  assert.deepEqual(idsOf(jobs), idsOf(expected))
  for (const [index, job] of jobs.entries()) compareJob(reference, job, expected[index])
}

/** All that a store tells of what it keeps. */
export async function compareStore(reference: Reference, store: Store): Promise<void> {
  compareJobs(reference, await store.list({}, ALL), await reference.all())
  const { waiting, running, done, dead } = await store.count()
  const expected = await reference.memory.count()
  assert.deepEqual(
    { open: waiting + running, done, dead },
    { open: expected.waiting + expected.running, done: expected.done, dead: expected.dead },
  )
  assert.ok(running >= expected.running, 'what was handed out is running')
}

/** Where no store holds what it has not handed out: its counts are those of its lists. */
export async function compareStates(reference: Reference, store: Store): Promise<void> {
  const jobs = await store.list({}, ALL)
  const expected = await reference.all()
  const statesOf = (all: readonly KeptJob[]): readonly string[] => all.map(({ state }) => state)
  assert.deepEqual(statesOf(jobs), statesOf(expected))
  assert.deepEqual(await store.count(), await reference.memory.count())
}

const NEVER_TRIED = { attempts: 0, last: undefined }

/** Sent to be done at once, and never put off since. */
const isPlain = ({ runAt, sentAt, tries }: KeptJob): boolean =>
  runAt === sentAt && isDeepStrictEqual({ attempts: tries.attempts, last: tries.last }, NEVER_TRIED)

function countOf(jobs: readonly KeptJob[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { task } of jobs) counts[task] = (counts[task] ?? 0) + 1
  return counts
}

function prioritiesOf(jobs: readonly KeptJob[]): readonly string[] {
  return jobs.map(({ task, priority }) => `${task} ${String(priority).padStart(2, '0')}`).sort()
}

/** As many of each task, and the next ones by priority; of those never put off the oldest. */
export function compareClaimed(claimed: Claimed, expected: Claimed, ready: readonly KeptJob[]): void {
  assert.deepEqual(countOf(claimed.jobs), countOf(expected.jobs))
  assert.equal(claimed.nextAt, expected.nextAt)
  assert.deepEqual(prioritiesOf(claimed.jobs), prioritiesOf(expected.jobs))
  const taken = new Set(claimed.jobs.map(({ id }) => id))
  for (const job of claimed.jobs) {
    const older = ready.slice(
      0,
      ready.findIndex(({ id }) => id === job.id),
    )
    const passed = older.find(
      (each) => each.task === job.task && each.priority === job.priority && isPlain(each) && !taken.has(each.id),
    )
    assert.ok(!isPlain(job) || passed === undefined, `${job.id} was claimed before ${passed?.id}`)
  }
}

/** No more than there is room for. */
export function compareRoom(jobs: readonly KeptJob[], { places, room }: ClaimQuery): void {
  assert.ok(jobs.length <= places)
  const ofTask = countOf(jobs)
  const ofShared: Record<string, number> = {}
  for (const { task, places: most, shared } of room) {
    const count = ofTask[task] ?? 0
    assert.ok(count <= most, `${count} of the task ${task} were claimed, and there were ${most} places`)
    if (shared === undefined) continue
    ofShared[shared.upstream] = (ofShared[shared.upstream] ?? 0) + count
    assert.ok((ofShared[shared.upstream] ?? 0) <= shared.places, `${shared.places} places of ${shared.upstream}`)
  }
  const tasks = new Set(room.map(({ task }) => task))
  for (const { task } of jobs) assert.ok(tasks.has(task), `no job of ${task} was asked for`)
}
