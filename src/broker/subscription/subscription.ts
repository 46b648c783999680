import { Attempt, type AttemptHost } from '../../attempt/attempt.ts'
import { InWork } from '../../attempt/in-work.ts'
import { Bell } from '../../channel/bell.ts'
import type { Clock } from '../../core/clock.ts'
import type { Context } from '../../core/task.ts'
import type { Member } from '../membership.ts'
import { Commits } from './commits.ts'
import type { Leaving } from './leaving.ts'
import type { PartitionWork } from './partition-work.ts'
import { Partitions, readAheadOf } from './partitions.ts'
import { AttemptContext } from './record-context.ts'
import { Reads } from './reads.ts'
import { type Failed, reportFailure, reportLate } from './report.ts'
import type { ResolvedSubscription } from './resolved-subscription.ts'
import { Turns } from './turns.ts'
import type { Unfinished } from './unfinished.ts'
import type { Waiting } from './waiting.ts'

/** Records and promises that never wait for a timer or a socket may keep the event loop this long, in milliseconds. */
const MAX_TURN_MS = 2
/** The loop looks again after this time at the latest; it also keeps the process alive. */
const MAX_REST_MS = 60_000
/** How long the loop rests when the broker cannot do what it is asked. */
const BROKER_REST_MS = 1_000

export interface SubscriptionOptions {
  readonly member: Member
  readonly resolved: ResolvedSubscription
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Handles the records of the partitions that its member holds.
 * 1. No more are in work than `concurrency`. 2. A record is committed after its handler, and reported after its commit. 3. A
 * partition is released once nothing of it is in work, and all is committed. 4. After the signal nothing new begins.
 */
export class Subscription implements AttemptHost<Unfinished> {
  readonly clock: Clock
  readonly random: () => number
  readonly #options: SubscriptionOptions
  readonly #member: Member
  readonly #bell = new Bell()
  readonly #inWork: InWork<Unfinished>
  readonly #commits: Commits
  readonly #reads: Reads
  readonly #partitions: Partitions
  #ended: Attempt<Unfinished>[] = []
  /** Which partition begins a record first, next time. */
  #turn = 0
  /** By `clock.elapsed()`: not before this the broker is asked again for what it could not do. */
  #askAgainAt = { assign: 0, read: 0, commit: 0 }

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.#member = options.member
    this.clock = options.clock
    this.random = options.random
    const ring = (): void => this.#bell.ring()
    this.#inWork = new InWork(options.clock, ring)
    const { member, resolved, clock } = options
    const turns = new Turns<Waiting>(() => this.#inWork.size === 0 && this.#ended.length === 0)
    const failed = (verb: Failed, error: unknown): void => this.#failed(verb, error)
    const lost = (work: PartitionWork): void => this.#lost(work)
    const partitions = new Partitions({ member, resolved, clock, turns, lost, failed, ring })
    this.#partitions = partitions
    this.#commits = new Commits({
      member,
      group: resolved.group,
      lost: ({ assigned }) => partitions.lose(assigned),
      failed: (error) => failed('commit', error),
      over: ring,
    })
    const most = readAheadOf(resolved.concurrency)
    this.#reads = new Reads({ member, clock, most, failed: (error) => failed('read', error), came: ring })
  }

  /** The handlers are called from here, few frames deep: each frame makes an error that a handler throws dearer. */
  async run(signal: AbortSignal): Promise<void> {
    const deafen = this.#member.changed.onRing(() => this.#changed())
    // At once: the handler that aborts may be the first of many that begin together.
    const stop = (): void => this.#stop()
    signal.addEventListener('abort', stop, { once: true })
    let turnBegan = this.clock.elapsed()
    try {
      while (!signal.aborted || !this.#hasLeft()) {
        if (signal.aborted) this.#partitions.stop()
        const elapsed = this.#poll()
        await this.#bell.sleep()
        if (elapsed - turnBegan < MAX_TURN_MS) continue
        await this.clock.yield()
        turnBegan = this.clock.elapsed()
      }
    } finally {
      deafen()
      signal.removeEventListener('abort', stop)
      this.#inWork.rest()
      await this.#member.leave().catch((error: unknown) => this.#failed('leave', error))
    }
  }

  #stop(): void {
    this.#partitions.stop()
    this.#bell.ring()
  }

  #changed(): void {
    this.#partitions.changed()
    this.#bell.ring()
  }

  #hasLeft(): boolean {
    return this.#partitions.isEmpty && !this.#commits.isUnderWay
  }

  #poll(): number {
    const elapsed = this.clock.elapsed()
    const now = this.clock.now()
    this.#settle()
    for (const work of this.#partitions) {
      work.wake(now)
      if (work.leaving !== undefined) this.#leave(work, work.leaving, elapsed)
    }
    if (this.#mayAsk('assign', elapsed)) void this.#partitions.assign()
    if (this.#mayAsk('read', elapsed)) this.#reads.begin(this.#partitions)
    // After what was read: that it may begin is committed with what has ended.
    if (this.#mayAsk('commit', elapsed)) this.#commits.begin(this.#partitions)
    this.#start(now, elapsed)
    this.#rest(now, elapsed)
    return elapsed
  }

  #mayAsk(verb: 'assign' | 'read' | 'commit', elapsed: number): boolean {
    return this.#askAgainAt[verb] <= elapsed
  }

  #failed(verb: Failed, error: unknown): void {
    reportFailure(this.#options.resolved.group, verb, error)
    if (verb === 'assign' || verb === 'read' || verb === 'commit') {
      this.#askAgainAt[verb] = this.clock.elapsed() + BROKER_REST_MS
    }
    this.#bell.ring()
  }

  #settle(): void {
    const ended = this.#ended
    if (ended.length === 0) return
    this.#ended = []
    for (const attempt of ended) {
      const { work } = attempt.job
      if (!work.isLost) work.ended(attempt.job, attempt.ending)
    }
    this.#commits.ended(ended)
  }

  #lost(work: PartitionWork): void {
    for (const attempt of this.#attemptsOf(work)) {
      attempt.abort('another member has the partition')
      attempt.stop()
    }
  }

  #attemptsOf(work: PartitionWork): readonly Attempt<Unfinished>[] {
    return this.#inWork.all().filter(({ job }) => job.work === work)
  }

  #leave(work: PartitionWork, { abortAt, cutAt, overAt }: Leaving, elapsed: number): void {
    if (elapsed >= abortAt) for (const attempt of this.#attemptsOf(work)) attempt.abort()
    if (elapsed >= cutAt) for (const attempt of this.#attemptsOf(work)) attempt.stop()
    this.#settle()
    if (work.isAtRest || elapsed >= overAt) this.#partitions.left(work)
  }

  /** Free places go round the partitions in turn. */
  #start(now: number, elapsed: number): void {
    const works = [...this.#partitions]
    const began = { now, elapsed }
    let free = this.#options.resolved.concurrency - this.#inWork.size - this.#ended.length
    let idle = 0
    for (; free > 0 && idle < works.length; this.#turn += 1) {
      const one = works[this.#turn % works.length]?.take()
      if (one === undefined) {
        idle += 1
        continue
      }
      idle = 0
      free -= 1
      const attempt = new Attempt(one, this.#options.resolved.task, this, began)
      this.#inWork.add(attempt)
      attempt.run()
    }
    if (this.#inWork.size > 0) this.#inWork.wakeBy(elapsed + this.#options.resolved.task.timeoutMs)
  }

  /** Until the next time that something is due. */
  #rest(now: number, elapsed: number): void {
    let restMs = MAX_REST_MS
    const times = Object.values(this.#askAgainAt)
    for (const { nextAt, leaving } of this.#partitions) {
      if (nextAt !== undefined) restMs = Math.min(restMs, Math.max(1, nextAt - now))
      if (leaving !== undefined) times.push(...Object.values(leaving))
    }
    for (const at of times) if (at > elapsed) restMs = Math.min(restMs, at - elapsed)
    this.#inWork.wakeBy(elapsed + restMs)
  }

  ended(attempt: Attempt<Unfinished>): void {
    this.#inWork.remove(attempt)
    this.#ended.push(attempt)
    this.#bell.ring()
  }

  late(attempt: Attempt<Unfinished>, ...thrown: readonly unknown[]): void {
    reportLate(this.#options.resolved.group, attempt, thrown)
  }

  contextOf(attempt: Attempt<Unfinished>): Context {
    // Its handlers are made for this context.
    return new AttemptContext(attempt) as unknown as Context
  }
}
