import type { JobId } from '../../core/message.ts'
import { ReadyJobs, takeInTurn } from '../ready-jobs.ts'
import type { ClaimQuery, Room } from '../store.ts'
import type { ClaimedJob } from './job-row.ts'

/** Most jobs of a task that are owned before there is a place for them. */
const MAX_AHEAD = 100
/** For so many jobs that have ended as many are owned ahead. */
const AHEAD_OF_ENDED = 2
/** Most jobs of a task of which it is known that they were given back and come after the others. */
const MAX_BEHIND = 1_000

/** What this process owns of one task, and has not begun. */
class TaskWindow {
  readonly #jobs = new ReadyJobs<ClaimedJob>()
  /** Jobs in it, and those that are about to come. */
  size = 0
  /** How many more the last claim of each of its workers would have taken, and of all of them. */
  readonly #placesOf = new Map<string, number>()
  #places = 0
  /** Whether a claim is on disk before its job is handed out. */
  mustBeKept = false
  /** Whether a job may be owned before there is a place for it, and begin before it is on disk. */
  mayRunAhead = false
  /** Whether no other job of the task waits in the file, as far as is known. */
  isDrained = false
  /** The keys of jobs that were given back, to be taken when no others wait. */
  readonly behind: Set<number> = new Set()
  /** Jobs that have ended since the last turn, and in it: so many may begin before the next. */
  #ended = 0
  #endedBefore = 0
  #wasTaken = true

  add(job: ClaimedJob): void {
    this.#jobs.add(job)
  }

  /** Whether any worker has room for its jobs, as far as is known. */
  get isAsked(): boolean {
    return this.#placesOf.size > 0
  }

  ask(worker: string, places: number): void {
    this.#placesOf.set(worker, places)
    this.#count()
  }

  /** This worker has no room for its jobs now. */
  close(worker: string): void {
    if (!this.#placesOf.delete(worker)) return
    this.#count()
    if (!this.isAsked) this.mayRunAhead = false
  }

  #count(): void {
    this.#places = 0
    for (const places of this.#placesOf.values()) this.#places += places
  }

  takeFor(worker: string): ClaimedJob | undefined {
    const job = this.#jobs.take()
    if (job === undefined) return undefined
    this.size -= 1
    this.#placesOf.set(worker, (this.#placesOf.get(worker) ?? 0) - 1)
    this.#places -= 1
    this.#wasTaken = true
    return job
  }

  ended(): void {
    this.#places += 1
    this.#ended += 1
  }

  putBehind(key: number): void {
    if (this.behind.size < MAX_BEHIND) this.behind.add(key)
  }

  /** How many may be owned for which there is no place yet. */
  get ahead(): number {
    return this.mayRunAhead ? Math.min(MAX_AHEAD, AHEAD_OF_ENDED * (this.#ended + this.#endedBefore)) : 0
  }

  /** How many more may be owned. */
  get room(): number {
    return Math.max(0, this.#places) + this.ahead - this.size
  }

  /** What has ended was written. */
  turn(): void {
    this.#endedBefore = this.#ended
    this.#ended = 0
  }

  /** What has lain here since the last look: others may have room for it. */
  left(): readonly ClaimedJob[] {
    this.turn()
    const isLeft = !this.#wasTaken
    this.#wasTaken = false
    return isLeft ? this.all() : []
  }

  all(): readonly ClaimedJob[] {
    const jobs: ClaimedJob[] = []
    for (let job = this.#jobs.take(); job !== undefined; job = this.#jobs.take()) jobs.push(job)
    this.size -= jobs.length
    return jobs
  }
}

/**
 * The jobs that this process owns and has not begun.
 * 1. No more than its workers have room for, and twice as many as have ended in the last turns: what is slow is not owned ahead.
 * 2. Of jobs whose owner has died before, one is in work at a time: the next may be its killer, and must take no neighbour with it.
 */
export class Window {
  readonly #tasks = new Map<string, TaskWindow>()
  /** When the next job is due that is not due yet, as far as is known. */
  nextAt: number | undefined
  /** The one whose owner has died before. */
  #died: JobId | undefined
  /** By upstream, until when it takes no more calls, as far as is known. */
  readonly #fullUntil = new Map<string, number>()

  /** A worker says what it has room for. */
  ask({ owner, room }: ClaimQuery): void {
    for (const task of this.#tasks.values()) task.close(owner)
    for (const { task: name, places, shared, mustBeKept = false } of room) {
      const task = this.of(name)
      task.ask(owner, places)
      task.mustBeKept = mustBeKept
      task.mayRunAhead = shared === undefined && !mustBeKept
    }
  }

  of(name: string): TaskWindow {
    let task = this.#tasks.get(name)
    if (task === undefined) {
      task = new TaskWindow()
      this.#tasks.set(name, task)
    }
    return task
  }

  /** Whether the answer to a worker with this room is in here: nothing in the file could add to it. */
  holdsAllOf({ room, now }: ClaimQuery): boolean {
    return room.every(({ task, shared }) => {
      const { size, isDrained } = this.of(task)
      return isDrained || size > 0 || (shared !== undefined && this.#isFull(shared.upstream, now))
    })
  }

  /** The upstream takes no more calls until then. */
  full(upstream: string, until: number): void {
    this.#fullUntil.set(upstream, until)
  }

  notFull(upstream: string): void {
    this.#fullUntil.delete(upstream)
  }

  /** It takes another one then, maybe sooner than was known. */
  mayTake(upstream: string, at: number): void {
    const until = this.#fullUntil.get(upstream)
    if (until !== undefined) this.#fullUntil.set(upstream, Math.min(until, at))
  }

  #isFull(upstream: string, now: number): boolean {
    return now < (this.#fullUntil.get(upstream) ?? now)
  }

  /** When a claim with this room may bring more; for what is in here, or about to come, the bell rings. */
  nextFor({ room }: ClaimQuery): number | undefined {
    let next = this.nextAt ?? Number.POSITIVE_INFINITY
    for (const { task, shared } of room) {
      const { isDrained, size } = this.of(task)
      if (shared === undefined || isDrained || size > 0) continue
      next = Math.min(next, this.#fullUntil.get(shared.upstream) ?? next)
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next
  }

  /** This one is about to be ours. */
  expect(job: ClaimedJob): void {
    this.#expect(job, 1)
  }

  #expect({ id, task: name, row }: ClaimedJob, change: 1 | -1): void {
    const task = this.of(name)
    task.size += change
    if (task.behind.size > 0) task.behind.delete(row.key)
    if (row.deaths > 0) this.#died = change === 1 ? id : undefined
  }

  /** What was expected is ours. */
  add(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.of(job.task).add(job)
  }

  take({ owner, room, places }: ClaimQuery): ClaimedJob[] {
    const sources = room.map(({ task: name, places: most, shared }) => {
      const task = this.of(name)
      return { ready: { take: () => task.takeFor(owner) }, most, shared }
    })
    return takeInTurn(sources, places)
  }

  /** How many jobs of these tasks are in here. */
  sizeOf(room: readonly Room[]): number {
    return room.reduce((size, { task }) => size + this.of(task).size, 0)
  }

  /** A job of this task is in the file and waits, maybe for a time. */
  waits(name: string, runAt: number, now: number): void {
    if (runAt <= now) this.of(name).isDrained = false
    else this.nextAt = Math.min(this.nextAt ?? runAt, runAt)
  }

  /** Nothing is known of the file any more. */
  mayHaveMore(): void {
    this.#fullUntil.clear()
    for (const task of this.#tasks.values()) task.isDrained = false
  }

  get mayTakeDied(): boolean {
    return this.#died === undefined
  }

  /** The job is not in work any more. */
  ended({ id, task }: ClaimedJob): void {
    this.of(task).ended()
    this.#letGo(id)
  }

  #letGo(id: JobId): void {
    if (this.#died !== id) return
    this.#died = undefined
    this.mayHaveMore()
  }

  /** Takes out what was expected and will not come. */
  drop(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.#expect(job, -1)
  }

  /** What was taken out and did not begin after all. */
  notBegun(jobs: readonly ClaimedJob[]): void {
    this.#out(jobs)
  }

  /** Whether the file has nothing more for this room now. */
  isDrainedOf({ room, now }: ClaimQuery): boolean {
    return room.every(
      ({ task, shared }) => this.of(task).isDrained || (shared !== undefined && this.#isFull(shared.upstream, now)),
    )
  }

  /** What has ended was written. */
  turn(): void {
    for (const task of this.#tasks.values()) task.turn()
  }

  /** Takes out what nobody took since the last time, for others. */
  left(): readonly ClaimedJob[] {
    return this.#out([...this.#tasks.values()].flatMap((task) => task.left()))
  }

  /** Takes out all that no worker has room for. */
  unasked(): readonly ClaimedJob[] {
    return this.#out([...this.#tasks.values()].filter((task) => !task.isAsked).flatMap((task) => task.all()))
  }

  all(): readonly ClaimedJob[] {
    return this.#out([...this.#tasks.values()].flatMap((task) => task.all()))
  }

  #out(jobs: readonly ClaimedJob[]): readonly ClaimedJob[] {
    for (const { id } of jobs) this.#letGo(id)
    return jobs
  }
}
