import { Bell } from '../channel/bell.ts'
import { LinkedList } from '../channel/linked-list.ts'
import { type Ending, NO_TRIES, type Tries } from '../core/ending.ts'
import { WillcallError } from '../core/errors.ts'
import type { JobId } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { FactMemory } from './fact-memory.ts'
import { Heap } from './heap.ts'
import { IdSequence } from './id-sequence.ts'
import { type CallFacts, type JobEnd, MemoryJob } from './memory-job.ts'
import { type OnceEntry, OnceMemory } from './once-memory.ts'
import { ReadyJobs, takeInTurn } from './ready-jobs.ts'
import type {
  Call,
  Change,
  Claimed,
  ClaimQuery,
  Counts,
  Fact,
  Filter,
  KeptJob,
  NewJob,
  Once,
  Page,
  Settlement,
  Store,
} from './store.ts'

/** Dead jobs kept; once there are more, sends are refused. */
export const MAX_DEAD = 10_000
/** The last done jobs, kept for `find` and `list`. */
export const MAX_DONE = 1_000
/** Jobs that become ready in one claim. */
const MAX_DUE = 1_000

/**
 * Jobs in this process's memory: nothing survives it.
 * 1. A job holds one of `capacity` places from its send until it is done or dead. 2. A job that waits is either ready or in
 * the heap of those that are not due; one that runs is in neither.
 */
export class MemoryStore implements Store {
  readonly features: ReadonlySet<never> = new Set()
  readonly changed: Bell = new Bell()
  readonly #capacity: number
  readonly #ids = new IdSequence()
  /**
   * Living and dead, in the order they were sent. (A Map of which one entry goes for each that comes is rebuilt all the time,
   * and its old tables keep each other alive until a full collection: it took half of the worker's speed.)
   */
  readonly #jobs = new LinkedList<MemoryJob>()
  readonly #done: MemoryJob[] = []
  #oldestDone = 0
  #waiting = 0
  #running = 0
  #dead = 0
  readonly #ready = new Map<string, ReadyJobs<MemoryJob>>()
  readonly #notDue = new Heap<MemoryJob>(
    (a, b) => a.runAt < b.runAt || (a.runAt === b.runAt && a.sequence < b.sequence),
  )
  readonly #once = new OnceMemory()
  readonly #facts = new FactMemory()

  constructor({ capacity }: { readonly capacity: number }) {
    this.#capacity = wholeNumber('capacity', capacity, 1)
  }

  enqueue(call: Call): Promise<readonly JobId[]> | false {
    const { jobs, once, onceByJob, priority, runAt, now: sentAt } = call
    if (once !== undefined || onceByJob !== undefined) return this.#enqueueOnce(call, { priority, runAt, sentAt })
    if (this.#dead >= MAX_DEAD) throw tooManyDead()
    if (!this.#hasRoom(jobs.length)) return false
    const facts = { priority, runAt, sentAt }
    return this.#kept(jobs.map((job) => this.#keep(job, facts, undefined)))
  }

  #enqueueOnce({ jobs, once, onceByJob = [], now }: Call, facts: CallFacts): Promise<readonly JobId[]> | false {
    const earlier = once && this.#once.find(once, now)
    if (earlier !== undefined) return Promise.resolve([...earlier.ids])
    if (this.#dead >= MAX_DEAD) throw tooManyDead()
    const fresh = jobs.length - this.#once.countTaken(onceByJob, now)
    if (!this.#hasRoom(fresh)) return false

    const ids: JobId[] = []
    const ofCall = once === undefined ? [] : [this.#once.add(once, ids, fresh, now)]
    for (const [index, job] of jobs.entries()) ids.push(this.#keepOnce(job, onceByJob[index], ofCall, facts))
    return this.#kept([...ids])
  }

  #keepOnce(job: NewJob, once: Once | undefined, ofCall: readonly OnceEntry[], facts: CallFacts): JobId {
    if (once === undefined) return this.#keep(job, facts, ofCall)
    const earlier = this.#once.find(once, facts.sentAt)
    if (earlier !== undefined) return earlier.ids[0] as JobId
    const ids: JobId[] = []
    const id = this.#keep(job, facts, [...ofCall, this.#once.add(once, ids, 1, facts.sentAt)])
    ids.push(id)
    return id
  }

  #hasRoom(count: number): boolean {
    if (count > this.#capacity) throw tooLarge(count, this.#capacity)
    return this.#waiting + this.#running + count <= this.#capacity
  }

  #keep(message: NewJob, facts: CallFacts, keys: readonly OnceEntry[] | undefined): JobId {
    const id = this.#ids.next()
    const job = new MemoryJob(id, this.#ids.last, message, facts, NO_TRIES, keys)
    this.#jobs.add(job)
    this.#wait(job, facts.sentAt)
    return job.id
  }

  #kept(ids: readonly JobId[]): Promise<readonly JobId[]> {
    this.changed.ring()
    return Promise.resolve(ids)
  }

  #wait(job: MemoryJob, now: number): void {
    this.#waiting += 1
    if (job.runAt > now) this.#notDue.add(job)
    else this.#readyFor(job.task).add(job)
  }

  #readyFor(task: string): ReadyJobs<MemoryJob> {
    let ready = this.#ready.get(task)
    if (ready === undefined) {
      ready = new ReadyJobs()
      this.#ready.set(task, ready)
    }
    return ready
  }

  claim({ places, room, now }: ClaimQuery): Claimed {
    this.#moveDue(now)
    const jobs = takeInTurn(
      room.map(({ task, places: most, shared }) => ({ ready: this.#ready.get(task), most, shared })),
      places,
    )
    for (const job of jobs) job.state = 'running'
    this.#waiting -= jobs.length
    this.#running += jobs.length
    return { jobs, nextAt: this.#notDue.first?.runAt }
  }

  /** A bounded number of them: what is due and left over makes the next claim due at once. */
  #moveDue(now: number): void {
    for (let moved = 0; moved < MAX_DUE; moved += 1) {
      const due = this.#notDue.first
      if (due === undefined || due.runAt > now) return
      this.#notDue.take()
      this.#readyFor(due.task).add(due)
    }
  }

  settle(settlements: readonly Settlement[], now: number): void {
    const end: JobEnd = { at: now, result: undefined, dead: undefined }
    for (const settlement of settlements) {
      const job = settlement.job as MemoryJob
      if (job.state === 'running') this.#settle(job, settlement.ending, end)
    }
    this.changed.ring()
  }

  #settle(job: MemoryJob, ending: Ending, end: JobEnd): void {
    this.#running -= 1
    switch (ending.kind) {
      case 'done':
        this.#jobs.remove(job)
        this.#done[this.#oldestDone] = job
        this.#oldestDone = (this.#oldestDone + 1) % MAX_DONE
        this.#end(job, 'done', ending.result === undefined ? end : { ...end, result: ending.result })
        break
      case 'dead': {
        const dead = this.#replace(job, job.runAt, ending.tries)
        this.#dead += 1
        this.#end(dead, 'dead', { ...end, dead: { reason: ending.reason, error: ending.error } })
        break
      }
      case 'retry':
      case 'snoozed':
      case 'unknown':
        this.#wait(this.#replace(job, ending.at, ending.tries), end.at)
        break
      default:
        ending satisfies never
    }
  }

  #replace(job: MemoryJob, runAt: number, tries: Tries): MemoryJob {
    const next = job.again(runAt, tries)
    this.#jobs.replace(job, next)
    return next
  }

  #end(job: MemoryJob, state: 'done' | 'dead', end: JobEnd): void {
    job.state = state
    job.progress = undefined
    job.end = end
    if (job.keys !== undefined) for (const entry of job.keys) this.#once.ended(entry, end.at)
  }

  change(filter: Filter, change: Change, now: number): Promise<number> {
    let changed = 0
    switch (change.kind) {
      case 'replay':
        if ((filter.state ?? 'dead') !== 'dead') break
        for (const job of this.#fitting({ ...filter, state: 'dead' })) {
          if (this.#waiting + this.#running >= this.#capacity) break
          this.#replay(job, now)
          changed += 1
        }
        break
      case 'progress':
        if ((filter.state ?? 'running') !== 'running') break
        for (const job of this.#fitting({ ...filter, state: 'running' })) {
          job.progress = change.part
          changed += 1
        }
        break
      default:
        change satisfies never
    }
    if (changed > 0) this.changed.ring()
    return Promise.resolve(changed)
  }

  /** What is unknown stays unknown: `reconcile` is asked before it runs again. */
  #replay(job: MemoryJob, now: number): void {
    const { unknownSince, last } = job.tries
    const again = this.#replace(job, now, { ...NO_TRIES, unknownSince, last })
    this.#dead -= 1
    for (const entry of job.keys ?? []) this.#once.revived(entry)
    this.#wait(again, now)
  }

  find(id: JobId): Promise<KeptJob | undefined> {
    return Promise.resolve(this.#find(id))
  }

  list(filter: Filter, { after, limit }: Page): Promise<readonly KeptJob[]> {
    const later = after === undefined ? 0 : this.#ids.sequenceOf(after)
    return Promise.resolve(this.#fitting(filter, later, limit))
  }

  /** The first of them, in the order they were sent. The list has that order: no more of it is walked than needed. */
  #fitting({ ids, state, task }: Filter, later = 0, limit = Number.POSITIVE_INFINITY): readonly MemoryJob[] {
    const fits = (job: MemoryJob): boolean =>
      job.sequence > later && job.state === (state ?? job.state) && job.task === (task ?? job.task)
    if (ids === undefined) {
      const living = state === 'done' ? [] : this.#jobs.take(fits, limit)
      return inOrder(living.concat(this.#done.filter(fits))).slice(0, limit)
    }
    const named = [...new Set(ids)].map((id) => this.#find(id)).filter((job) => job !== undefined)
    return inOrder(named.filter(fits)).slice(0, limit)
  }

  #find(id: JobId): MemoryJob | undefined {
    const [kept] = this.#jobs.take((job) => job.id === id, 1)
    return kept ?? this.#done.find((job) => job.id === id)
  }

  count(): Promise<Counts> {
    return Promise.resolve({
      waiting: this.#waiting,
      running: this.#running,
      done: this.#done.length,
      dead: this.#dead,
    })
  }

  async recall(prefix: string): Promise<readonly Fact[]> {
    return this.#facts.recall(prefix)
  }

  async remember(name: string, value: string | undefined, expected: string | undefined): Promise<boolean> {
    return this.#facts.remember(name, value, expected)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const inOrder = (jobs: MemoryJob[]): MemoryJob[] => jobs.sort((a, b) => a.sequence - b.sequence)

const tooLarge = (count: number, capacity: number): WillcallError =>
  new WillcallError('too_large', `a call with ${count} messages can never be kept: the worker has ${capacity} places`, {
    given: count,
  })

const tooManyDead = (): WillcallError =>
  new WillcallError(
    'too_many_dead',
    `the messages could not be kept: ${MAX_DEAD} dead jobs are kept; replay them first`,
  )
