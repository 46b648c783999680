import { Attempt, type AttemptHost } from '../attempt/attempt.ts'
import { HandlerContext } from '../attempt/handler-context.ts'
import { InWork } from '../attempt/in-work.ts'
import type { ResolvedTask } from '../attempt/resolved-task.ts'
import { Bell } from '../channel/bell.ts'
import type { Clock } from '../core/clock.ts'
import { events } from '../core/events.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import type { Context } from '../core/task.ts'
import type { Claimed, KeptJob, Store } from '../store/store.ts'
import { transactionsOf } from '../store/transactions-of.ts'
import { Places } from './places.ts'
import { factOf, type JobAttempt, reportEnding } from './report.ts'
import { SharedUpstreams } from './shared-upstreams.ts'

/** Jobs and promises that never wait for a timer or a socket may keep the event loop this long, in milliseconds. */
const MAX_TURN_MS = 2
/** The loop looks again after this time at the latest, whatever it was told; it also keeps the process alive. */
const MAX_REST_MS = 60_000
/** How long the loop rests when the store cannot do what it is asked. */
const STORE_REST_MS = 1_000

export interface LoopOptions {
  readonly store: Store
  readonly tasks: readonly ResolvedTask[]
  readonly concurrency: number
  readonly graceMs: number
  readonly deadlineMs: number
  readonly owner: string
  readonly clock: Clock
  readonly random: () => number
}

const NOTHING: Claimed = { jobs: [], nextAt: undefined }

/**
 * Takes jobs from the store, runs them and settles them.
 * 1. A claimed job starts at once: no more are claimed than there are free places. 2. A place is free again once the store was
 * told how its attempt ended, unless it could not write that. 3. After the signal nothing new starts.
 */
export class Loop implements AttemptHost<KeptJob> {
  readonly clock: Clock
  readonly random: () => number
  readonly #options: LoopOptions
  readonly #store: Store
  readonly #places: Places
  /** Left out where no other process has the store. */
  readonly #shared: SharedUpstreams | undefined
  readonly #bell = new Bell()
  readonly #inWork: InWork<KeptJob>
  #ended: JobAttempt[] = []
  #startedAt = 0
  /** When an upstream may have more room, as it was before the last look at the room. */
  #roomAt = Number.POSITIVE_INFINITY
  #running = false
  #isStopping = false
  /** The store could not settle what it was last asked to. */
  #unsettled = false
  /** What the store is settling now. */
  #settling = 0

  constructor(options: LoopOptions) {
    this.#options = options
    this.#store = options.store
    this.clock = options.clock
    this.random = options.random
    this.#places = new Places(options.tasks, options.concurrency)
    const { upstreams } = this.#places
    const mayShare = this.#store.features.has('durable') && upstreams.length > 0
    this.#shared = mayShare ? new SharedUpstreams({ ...options, upstreams }) : undefined
    this.#inWork = new InWork(options.clock, () => this.#bell.ring())
  }

  get places(): Places {
    return this.#places
  }

  get running(): boolean {
    return this.#running
  }

  /** The handlers are called from here, few frames deep: each frame makes an error that a handler throws dearer. */
  async run(signal: AbortSignal): Promise<void> {
    const ring = (): void => this.#bell.ring()
    const deafen = [
      this.#store.changed.onRing(ring),
      this.#store.robbed?.onRing(() => this.#robbed()),
      ...this.#places.upstreams.map((upstream) => upstream.onRoom(ring)),
    ]
    signal.addEventListener('abort', ring, { once: true })
    this.#running = true
    let turnBegan = this.clock.elapsed()
    try {
      if (this.#shared !== undefined) await this.#shared.begin()
      while (!signal.aborted) {
        const polled = this.#poll(this.clock.now())
        this.#start(polled instanceof Promise ? await polled : polled, signal)
        await this.#bell.sleep()
        if (this.#startedAt - turnBegan < MAX_TURN_MS) continue
        await this.clock.yield()
        turnBegan = this.clock.elapsed()
      }
      await this.#stop()
    } finally {
      if (this.#shared !== undefined) await this.#shared.end()
      signal.removeEventListener('abort', ring)
      for (const each of deafen) each?.()
      this.#inWork.rest()
      this.#running = false
    }
  }

  /** Settles and claims together, so that a store can do both in one transaction; at once where the store answers at once. */
  #poll(now: number): Claimed | Promise<Claimed> {
    if (this.#ended.length > 0) this.#settle(now)
    this.#roomAt = Number.POSITIVE_INFINITY
    return this.#places.free > 0 ? this.#claim(now) : NOTHING
  }

  #claim(now: number): Claimed | Promise<Claimed> {
    const failed = (error: unknown): Claimed => {
      this.#storeFailed('claim', error)
      return NOTHING
    }
    try {
      const { owner } = this.#options
      // Before the look: an upstream may open between the two, and nobody would be told.
      this.#roomAt = this.clock.elapsed() + this.#places.freeInMs()
      const room = this.#places.room()
      // With none the store would take it that this worker stops.
      if (room.length === 0) return NOTHING
      const claimed = this.#store.claim({ owner, places: this.#places.free, room, now })
      return claimed instanceof Promise ? claimed.catch(failed) : claimed
    } catch (error) {
      return failed(error)
    }
  }

  /** What was claimed while the worker stopped is given back: nothing of it has begun. */
  #start({ jobs, nextAt }: Claimed, signal: AbortSignal): void {
    const began = { now: this.clock.now(), elapsed: this.clock.elapsed() }
    let restMs = nextAt === undefined ? MAX_REST_MS : Math.min(MAX_REST_MS, nextAt - began.now)
    for (const job of jobs) {
      const task = this.#places.take(job.task)
      const attempt = new Attempt(job, task, this, began)
      this.#inWork.add(attempt)
      restMs = Math.min(restMs, task.timeoutMs)
      if (signal.aborted || !attempt.begin()) {
        attempt.giveBack(job.runAt)
        continue
      }
      if (events['attempt.started'].hasSubscribers) events['attempt.started'].publish(factOf(attempt))
      attempt.run()
    }
    // Where the worker itself is full, an upstream that opens changes nothing.
    if (this.#places.free > 0) restMs = Math.min(restMs, this.#places.freeInMs(), this.#roomAt - began.elapsed)
    this.#inWork.wakeBy(began.elapsed + restMs)
    this.#startedAt = began.elapsed
  }

  ended(attempt: JobAttempt): void {
    this.#inWork.remove(attempt)
    this.#ended.push(attempt)
    this.#bell.ring()
  }

  late(attempt: JobAttempt, ...thrown: readonly unknown[]): void {
    if (!events['attempt.late'].hasSubscribers) return
    const fact = factOf(attempt)
    events['attempt.late'].publish(thrown.length === 0 ? fact : { ...fact, error: thrown[0] })
  }

  contextOf(attempt: JobAttempt): Context {
    return new HandlerContext(attempt)
  }

  progressed(attempt: JobAttempt, part: number): void {
    this.#store
      .change({ ids: [attempt.job.id] }, { kind: 'progress', part }, this.clock.now())
      .catch((error: unknown) => this.#storeFailed('change', error))
  }

  resultRefused({ job }: JobAttempt, error: string): void {
    events['result.refused'].publish({ jobId: job.id, task: job.task, error })
  }

  #robbed(): void {
    for (const attempt of this.#inWork.all()) attempt.abort('others have taken the job')
  }

  async doneWith({ job }: JobAttempt, write: (database: SqliteDatabase) => unknown): Promise<unknown> {
    return await transactionsOf(this.#store, 'context.transaction').doneWith(job, write, this.clock.now())
  }

  /** What could not be settled is settled again later; its places are not free until then. */
  #settle(now: number): void {
    const ended = this.#ended
    const again = this.#unsettled
    this.#ended = []
    if (!again) this.#giveBack(ended)
    try {
      const written = this.#store.settle(ended, now)
      if (written === undefined) return this.#settled(ended, again)
      this.#settling += 1
      written
        .then(
          () => this.#settled(ended, again),
          (error: unknown) => this.#notSettled(ended, again, error),
        )
        .finally(() => {
          this.#settling -= 1
          if (this.#isStopping) this.#bell.ring()
        })
    } catch (error) {
      this.#notSettled(ended, again, error)
    }
  }

  #notSettled(ended: JobAttempt[], again: boolean, error: unknown): void {
    if (!again) for (const { job } of ended) this.#places.take(job.task)
    this.#ended.push(...ended)
    this.#unsettled = true
    this.#storeFailed('settle', error)
  }

  #settled(ended: JobAttempt[], again: boolean): void {
    if (again) this.#giveBack(ended)
    this.#unsettled = false
    for (const attempt of ended) reportEnding(attempt)
  }

  #giveBack(ended: readonly JobAttempt[]): void {
    for (const { job } of ended) this.#places.giveBack(job.task)
  }

  #storeFailed(verb: 'claim' | 'settle' | 'change', error: unknown): void {
    events['store.failed'].publish({ verb, error })
    this.#inWork.wakeBy(this.clock.elapsed() + STORE_REST_MS)
  }

  /**
   * Handlers get `graceMs`, then their signal, then `deadlineMs`; what is in work even then ends unknown. What the store could
   * not settle by then is settled by the next run.
   */
  async #stop(): Promise<void> {
    const { graceMs, deadlineMs } = this.#options
    events['worker.stopping'].publish({ inWork: this.#inWork.size })
    this.#isStopping = true
    await this.#giveUpPlaces()
    await this.#untilEnded(graceMs)
    for (const attempt of this.#inWork.all()) attempt.abort()
    await this.#untilEnded(deadlineMs)
    const unknown = this.#inWork.size
    for (const attempt of this.#inWork.all()) attempt.stop()
    if (this.#ended.length > 0) this.#settle(this.clock.now())
    while (this.#settling > 0) await this.#bell.sleep()
    if (this.#ended.length > 0) await this.#untilEnded(deadlineMs)
    this.#isStopping = false
    events['worker.stopped'].publish({ unknown })
  }

  /** What the store holds ready for this worker is for others. */
  async #giveUpPlaces(): Promise<void> {
    try {
      await this.#store.claim({ owner: this.#options.owner, places: 0, room: [], now: this.clock.now() })
    } catch (error) {
      this.#storeFailed('claim', error)
    }
  }

  /** Until nothing is in work and all is settled, or the time is up. */
  async #untilEnded(withinMs: number): Promise<void> {
    const until = this.clock.elapsed() + withinMs
    let settleAt = this.clock.elapsed()
    for (let now = settleAt; now < until; now = this.clock.elapsed()) {
      if (this.#ended.length > 0 && (!this.#unsettled || now >= settleAt)) {
        settleAt = now + STORE_REST_MS
        this.#settle(this.clock.now())
      }
      if (this.#inWork.size + this.#ended.length + this.#settling === 0) return
      this.#inWork.wakeBy(this.#unsettled ? Math.min(until, settleAt) : until)
      await this.#bell.sleep()
    }
  }
}
