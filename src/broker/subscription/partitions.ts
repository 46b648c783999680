import type { Clock } from '../../core/clock.ts'
import type { JobId } from '../../core/message.ts'
import { originOf } from '../dead-record.ts'
import type { Assigned, Assignment, Member, ReadRecord, Taken } from '../membership.ts'
import { MAX_UNFINISHED, PartitionWork } from './partition-work.ts'
import { type Failed, reportPartition } from './report.ts'
import type { ResolvedSubscription } from './resolved-subscription.ts'
import type { Turns } from './turns.ts'
import type { Waiting } from './waiting.ts'

/** How long what has ended by then is tried to be committed at a stop, in milliseconds. */
const COMMIT_MS = 2_000
/** Records of a partition that are read at once, at least. */
const READ_AHEAD = 200
/** How many are read at once where so many may be in work; never more than may be unfinished. */
export const readAheadOf = (concurrency: number): number =>
  Math.min(MAX_UNFINISHED, Math.max(READ_AHEAD, 4 * concurrency))
/** Records of a partition that may be told to be under way before they are, at least: each commit tells it of so many. */
const MARK_AHEAD = 50

export interface PartitionsOptions {
  readonly member: Pick<Member, 'assign' | 'release' | 'stop' | 'brokerId'>
  readonly resolved: ResolvedSubscription
  readonly clock: Clock
  readonly turns: Turns<Waiting>
  /** Called with each that others hold. */
  readonly lost: (work: PartitionWork) => void
  readonly failed: (verb: Failed, error: unknown) => void
  /** Called when there is something to be done. */
  readonly ring: () => void
}

/** The partitions that a member holds: what it takes, lets go, and loses. */
export class Partitions implements Iterable<PartitionWork> {
  readonly #options: PartitionsOptions
  readonly #works = new Map<Assigned, PartitionWork>()
  #isAssigning = false
  #releasing = 0
  #isStopping = false
  #mayBeAssigned = true

  constructor(options: PartitionsOptions) {
    this.#options = options
  }

  [Symbol.iterator](): IterableIterator<PartitionWork> {
    return this.#works.values()
  }

  /** Nothing is held, and nothing is being taken or released. */
  get isEmpty(): boolean {
    return this.#works.size === 0 && !this.#isAssigning && this.#releasing === 0
  }

  changed(): void {
    this.#mayBeAssigned = true
    for (const work of this) work.mayHaveMore()
  }

  /** Where there may be another assignment, it is asked for. */
  async assign(): Promise<void> {
    if (!this.#mayBeAssigned || this.#isAssigning || this.#isStopping) return
    const { member, failed, ring } = this.#options
    this.#mayBeAssigned = false
    this.#isAssigning = true
    try {
      this.#assigned(await member.assign())
    } catch (error) {
      this.#mayBeAssigned = true
      failed('assign', error)
    } finally {
      this.#isAssigning = false
      ring()
    }
  }

  #assigned({ taken, lost, toRelease }: Assignment): void {
    for (const assigned of lost) this.lose(assigned)
    for (const each of taken) this.#take(each)
    for (const assigned of toRelease) {
      const work = this.#works.get(assigned)
      if (work === undefined) void this.#release(assigned)
      else this.#leave(work)
    }
  }

  #take({ assigned, progress }: Taken): void {
    const { resolved, clock, turns } = this.#options
    const { group, order, maxDeaths, concurrency } = resolved
    reportPartition('partition.taken', group, assigned)
    const work = new PartitionWork({
      assigned,
      progress,
      order,
      maxDeaths,
      readAhead: readAheadOf(concurrency),
      markAhead: Math.max(MARK_AHEAD, 4 * concurrency),
      idOf: (record) => this.#idOf(record),
      originOf,
      now: () => clock.now(),
      turns,
    })
    this.#works.set(assigned, work)
    if (this.#isStopping) this.#leave(work)
  }

  #idOf({ topic, partition, offset }: ReadRecord): JobId {
    const { member, resolved } = this.#options
    // No name has a colon, so that no two records or groups have the same.
    return `${member.brokerId}:${topic}:${partition}:${offset}:${resolved.group}` as JobId
  }

  lose(assigned: Assigned): void {
    const work = this.#works.get(assigned)
    if (work === undefined) return
    work.lose()
    this.#works.delete(assigned)
    this.#options.lost(work)
    reportPartition('partition.lost', this.#options.resolved.group, assigned)
    this.#mayBeAssigned = true
  }

  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    for (const work of this) this.#leave(work)
    const { member, failed } = this.#options
    if (!this.isEmpty) member.stop().catch((error: unknown) => failed('leave', error))
  }

  #leave(work: PartitionWork): void {
    const { clock, resolved } = this.#options
    const abortAt = clock.elapsed() + resolved.graceMs
    const cutAt = abortAt + resolved.deadlineMs
    work.leave({ abortAt, cutAt, overAt: cutAt + COMMIT_MS })
  }

  /** Once it is at rest; what could not be committed is handled again by whoever takes it. */
  left(work: PartitionWork): void {
    this.#works.delete(work.assigned)
    work.isLost = !work.isAtRest
    void this.#release(work.assigned)
  }

  async #release(assigned: Assigned): Promise<void> {
    const { member, resolved, failed, ring } = this.#options
    this.#releasing += 1
    try {
      await member.release(assigned)
      reportPartition('partition.released', resolved.group, assigned)
    } catch (error) {
      this.#mayBeAssigned = true
      failed('release', error)
    } finally {
      this.#releasing -= 1
      ring()
    }
  }
}
