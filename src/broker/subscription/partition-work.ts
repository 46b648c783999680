import { LinkedList } from '../../channel/linked-list.ts'
import type { Ending } from '../../core/ending.ts'
import { errorText } from '../../core/error-text.ts'
import type { JobId } from '../../core/message.ts'
import type { Assigned, Commit, DeadRecord, Read, ReadRecord } from '../membership.ts'
import { Inherited } from './inherited.ts'
import { KeyLines } from './key-lines.ts'
import type { Leaving } from './leaving.ts'
import { Marks } from './marks.ts'
import type { PartitionWorkOptions } from './partition-work-options.ts'
import { progressOf } from './progress-of.ts'
import { Unfinished, type Work } from './unfinished.ts'
import { Waiting } from './waiting.ts'

/** Most records of one partition that are read and not done. */
export const MAX_UNFINISHED = 1_000
/** No more is read of a partition while what is read of it and not done has more bytes than these. */
const MAX_UNFINISHED_BYTES = 8_388_608

/** A commit that is under way. */
interface Committing {
  readonly commit: Commit
  /** May begin once it is committed. */
  readonly marked: readonly Unfinished[]
}

/**
 * What a member has read of a partition and not done.
 * 1. A record begins only once it is committed that it may have: who takes over after a death knows which were under way. 2. Of those
 * who must keep an order one is unfinished at the front, and the others wait behind it. 3. `above` always fits: else nothing begins but
 * the first of all. 4. A record that one more death would end begins only while nothing else of its member is in work.
 */
export class PartitionWork implements Work {
  readonly assigned: Assigned
  readonly #options: PartitionWorkOptions
  /** In the order of their offsets. */
  readonly #unfinished = new LinkedList<Unfinished>()
  readonly #lines: KeyLines
  readonly #waiting: Waiting
  readonly #marks: Marks
  #dead: DeadRecord[] = []
  readonly #inherited: Inherited
  #next: number
  /** The last record that is done, was tried, or may be under way, is before it. */
  #knownTo = 0
  #size = 0
  #bytes = 0
  #inWork = 0
  #committing: Committing | undefined
  #isDirty = false
  #mayHaveMore = true
  #isReading = false
  isLost = false
  /** Undefined unless it is to be released. */
  leaving: Leaving | undefined

  constructor(options: PartitionWorkOptions) {
    const { assigned, progress } = options
    this.assigned = assigned
    this.#options = options
    this.#lines = new KeyLines(options.order)
    this.#waiting = new Waiting(({ tries: { deaths } }) => deaths > 0 && deaths >= options.maxDeaths - 1, options.turns)
    this.#marks = new Marks({
      waiting: this.#waiting,
      ahead: options.markAhead,
      textBytes: progress.above.length,
    })
    this.#next = progress.offset
    this.#inherited = new Inherited(progress)
  }

  idOf(record: ReadRecord): JobId {
    return this.#options.idOf(record)
  }

  /** Something is to be committed. */
  get isDirty(): boolean {
    return this.#isDirty || (this.leaving === undefined && this.#marks.hasMore(this.#unfinished.first))
  }

  /** Nothing is in work, and all is committed. */
  get isAtRest(): boolean {
    return this.#inWork === 0 && !this.#isDirty && this.#committing === undefined
  }

  /** Of what is read and not done, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** When the next record is due that waits for its time, in milliseconds since 1970. */
  get nextAt(): number | undefined {
    return this.#waiting.nextAt
  }

  mayHaveMore(): void {
    this.#mayHaveMore = true
  }

  /** Where to read on; undefined while there is enough, or nothing more. */
  get readFrom(): number | undefined {
    const { readAhead } = this.#options
    const isFull = this.#size >= MAX_UNFINISHED || this.#bytes >= MAX_UNFINISHED_BYTES
    // Where all that is read waits for what is in work, others may not have to.
    const isEnough = isFull || (this.#waiting.soon > 0 && this.#size * 2 > readAhead)
    if (!this.#mayHaveMore || this.#isReading || isEnough || this.leaving !== undefined) return undefined
    return this.#next
  }

  /** It is read on; more may come meanwhile, and nobody would be told. */
  reading(): void {
    this.#isReading = true
    this.#mayHaveMore = false
  }

  notRead(): void {
    this.#isReading = false
    this.#mayHaveMore = true
  }

  add({ records, next, bytes }: Read): void {
    const { originOf } = this.#options
    const bytesOfOne = Math.ceil(bytes / Math.max(1, records.length))
    for (const record of records) {
      if (this.#inherited.isDone(record.offset)) {
        this.#knownTo = record.offset + 1
        continue
      }
      const one = new Unfinished(this, originOf(record), record.offset, bytesOfOne)
      this.#unfinished.add(one)
      this.#size += 1
      this.#bytes += bytesOfOne
      this.#inherit(one)
    }
    this.#isReading = false
    this.#mayHaveMore ||= records.length > 0
    if (next > this.#next) this.#isDirty ||= this.#unfinished.first === undefined
    this.#next = Math.max(next, this.#next)
  }

  /** Goes on where the member before was. */
  #inherit(one: Unfinished): void {
    const tried = this.#inherited.take(one.offset)
    if (tried !== undefined) {
      one.tries = tried.tries
      one.at = tried.at
      this.#isKnown(one)
    }
    if (one.tries.deaths >= this.#options.maxDeaths) {
      this.#bury(one, { reason: 'deaths_used_up', error: 'its process died while it was in work', tries: one.tries })
      this.#remove(one)
    } else if (this.#lines.enter(one)) this.#wait(one)
  }

  #isKnown(one: Unfinished): void {
    this.#knownTo = Math.max(this.#knownTo, one.offset + 1)
  }

  #wait(one: Unfinished): void {
    this.#waiting.add(one, this.#options.now())
  }

  wake(now: number): void {
    this.#waiting.wake(now)
  }

  /** One that begins now. */
  take(): Unfinished | undefined {
    if (this.leaving !== undefined || this.isLost) return undefined
    const waiting = this.#waiting
    const one = waiting.mustWait ? waiting.takeAlone() : waiting.take()
    if (one === undefined) return undefined
    this.#inWork += 1
    try {
      one.begin()
      return one
    } catch (fault) {
      this.ended(one, { kind: 'dead', reason: 'payload_refused', error: errorText(fault), tries: one.tries })
      return this.take()
    }
  }

  /** Its attempt has ended. */
  ended(one: Unfinished, ending: Ending): void {
    this.#inWork -= 1
    this.#isDirty = true
    this.#isKnown(one)
    one.isInWork = false
    this.#marks.ended(one)
    this.#waiting.ended(one)
    switch (ending.kind) {
      case 'done':
        return this.#finished(one)
      case 'dead':
        this.#bury(one, ending)
        return this.#finished(one)
      case 'retry':
      case 'snoozed':
      case 'unknown':
        one.tries = ending.tries
        one.at = ending.at
        // Who is behind it does not begin soon.
        for (let { behind } = one; behind !== undefined; behind = behind.behind) this.#marks.unmark(behind)
        return this.#wait(one)
      default:
        return ending satisfies never
    }
  }

  #bury(one: Unfinished, { reason, error, tries }: Omit<Extract<Ending, { kind: 'dead' }>, 'kind'>): void {
    const { attempts, deaths } = tries
    this.#isDirty = true
    this.#dead.push({ record: one.read, reason, error, attempts, deaths, at: this.#options.now() })
  }

  #finished(one: Unfinished): void {
    this.#remove(one)
    const next = this.#lines.leave(one)
    if (next !== undefined) this.#wait(next)
  }

  #remove(one: Unfinished): void {
    this.#unfinished.remove(one)
    this.#size -= 1
    this.#bytes -= one.bytes
  }

  /** What is to be committed now; undefined while a commit is under way. */
  commit(): Commit | undefined {
    if (this.#committing !== undefined || !this.isDirty) return undefined
    const marked = this.leaving === undefined ? this.#marks.mark(this.#unfinished.first) : []
    for (const one of marked) this.#isKnown(one)
    const progress = progressOf({
      first: this.#unfinished.first,
      next: this.#next,
      knownTo: this.#knownTo,
      inherited: this.#inherited,
    })
    this.#marks.wrote(progress.above)
    const commit = { assigned: this.assigned, progress, dead: this.#dead }
    this.#committing = { commit, marked }
    this.#dead = []
    this.#isDirty = false
    return commit
  }

  /** The commit that was under way is written. */
  committed(): void {
    if (this.#committing === undefined) return
    const { marked } = this.#committing
    this.#committing = undefined
    this.#waiting.marked(marked)
  }

  /** It could not be written: all of it is written again. */
  notCommitted(): void {
    if (this.#committing === undefined) return
    const { commit, marked } = this.#committing
    this.#committing = undefined
    this.#dead = [...commit.dead, ...this.#dead]
    for (const one of marked) this.#marks.unmark(one)
    this.#waiting.notMarked(marked)
    this.#isDirty = true
  }

  /** Nothing begins any more; what was to begin is marked no more. */
  leave(leaving: Leaving): void {
    if (this.leaving !== undefined) return
    this.leaving = leaving
    for (let one = this.#unfinished.first; one !== undefined; one = one.after) {
      if (!one.isInWork) this.#marks.unmark(one)
    }
    this.#waiting.over()
    this.#isDirty = true
  }

  /** Another member has it; what is in work here does not count any more. */
  lose(): void {
    this.isLost = true
    this.#waiting.over()
    this.#options.turns.over(this.#waiting)
  }
}
