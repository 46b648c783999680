import assert from 'node:assert/strict'
import { type Commit, MAX_ABOVE_BYTES, type Progress, type ReadRecord } from '../../../src/broker/membership.ts'
import type { Order } from '../../../src/broker/broker.ts'
import { aboveOf } from '../../../src/broker/subscription/above-text.ts'
import { PartitionWork } from '../../../src/broker/subscription/partition-work.ts'
import { Turns } from '../../../src/broker/subscription/turns.ts'
import type { Unfinished } from '../../../src/broker/subscription/unfinished.ts'
import type { Ending } from '../../../src/core/ending.ts'
import type { JobId } from '../../../src/core/message.ts'

export const STEPS = [
  'poll',
  'read',
  'write',
  'not written',
  'begin',
  'done',
  'fail',
  'die',
  'crash',
  'hand over',
  'wait',
] as const
export type Step = (typeof STEPS)[number]

export interface ModelOptions {
  /** Of each record. */
  readonly keys: readonly (string | undefined)[]
  readonly order: Order
  readonly maxDeaths: number
  /** So many records may be told to be under way at most. Default 4. */
  readonly markAhead?: number
}

/** What is known of the records, each by its offset. */
interface Known {
  readonly over: ReadonlySet<number>
  readonly attempts: readonly number[]
}

const RETRY_MS = 10
const READ_AHEAD = 8
const MARK_AHEAD = 4
/** As long a text as times have today. */
const BEGAN_AT = 1_800_000_000_000

/** A partition and its members, one after the other. Throws where one of them breaks a promise. */
export class MemberModel {
  readonly #options: ModelOptions
  readonly #records: readonly ReadRecord[]
  #now = BEGAN_AT
  /** What is on disk, and what its records are known to be by it. */
  #kept: Progress = { offset: 0, above: '' }
  #known: Known
  #writing: { readonly commit: Commit; readonly known: Known } | undefined
  /** Of the member that lives. */
  #work: PartitionWork
  #inWork: Unfinished[] = []
  #over: Set<number>
  #attempts: number[]
  /** Members that died, and those that died while the record was in work. */
  #deaths = 0
  readonly #deathsOf: number[]
  readonly dead = new Set<number>()
  readonly done = new Set<number>()

  constructor(options: ModelOptions) {
    this.#options = options
    const timestamp = new Date(0)
    this.#records = options.keys.map((key, offset) => {
      return { topic: 't', partition: 0, offset, key, json: `${offset}`, headers: {}, timestamp }
    })
    const none = this.#records.map(() => 0)
    this.#known = { over: new Set(), attempts: none }
    this.#over = new Set()
    this.#attempts = [...none]
    this.#deathsOf = [...none]
    this.#work = this.#taken()
  }

  #taken(): PartitionWork {
    const { order, maxDeaths, markAhead = MARK_AHEAD } = this.#options
    return new PartitionWork({
      assigned: { topic: 't', partition: 0 },
      progress: this.#kept,
      order,
      maxDeaths,
      readAhead: READ_AHEAD,
      markAhead,
      idOf: ({ offset }) => `${offset}` as JobId,
      originOf: (record) => record,
      now: () => this.#now,
      turns: new Turns(() => this.#inWork.length === 0),
    })
  }

  step(step: Step, pick: number): void {
    const one = this.#inWork[pick % Math.max(1, this.#inWork.length)]
    switch (step) {
      case 'poll':
        for (const each of ['read', 'write', 'write', 'begin', 'begin'] as const) this.step(each, pick)
        return undefined
      case 'read':
        return this.#read()
      case 'write':
        return this.#write()
      case 'not written':
        this.#writing = undefined
        return this.#work.notCommitted()
      case 'begin':
        return this.#begin()
      case 'done':
        return this.#end(one, { kind: 'done', result: undefined })
      case 'fail':
        return this.#fail(one)
      case 'die':
        return one && this.#end(one, { kind: 'dead', reason: 'permanent', error: 'it is bad', tries: one.tries })
      case 'crash':
        return this.#crash()
      case 'hand over':
        return this.#handOver()
      case 'wait':
        this.#now += RETRY_MS
        return this.#work.wake(this.#now)
      default:
        return step satisfies never
    }
  }

  #read(): void {
    const from = this.#work.readFrom
    if (from === undefined) return
    const records = this.#records.slice(from, from + READ_AHEAD)
    this.#work.reading()
    this.#work.add({ records, next: from + records.length, bytes: records.length })
  }

  /** A commit begins, or the one that has begun is written. */
  #write(): void {
    if (this.#writing === undefined) {
      const commit = this.#work.commit()
      const known = { over: new Set(this.#over), attempts: [...this.#attempts] }
      if (commit !== undefined) this.#writing = { commit, known }
      return
    }
    const { commit, known } = this.#writing
    assert.ok(commit.progress.offset >= this.#kept.offset, 'a commit goes back')
    assert.ok(commit.progress.above.length <= MAX_ABOVE_BYTES, 'a commit is too long')
    const { tried } = aboveOf(commit.progress.offset, commit.progress.above)
    const atRisk = tried.filter((one) => one.mayHaveBegun && one.tries.deaths + 1 >= this.#options.maxDeaths)
    assert.ok(atRisk.length <= 1, 'one death could end several')
    for (const { record, reason, deaths } of commit.dead) {
      assert.ok(!this.dead.has(record.offset), 'a record dies twice')
      if (reason === 'deaths_used_up') assert.equal(deaths, this.#options.maxDeaths)
      this.dead.add(record.offset)
    }
    this.#kept = commit.progress
    this.#known = { ...known, over: new Set([...known.over, ...this.dead]) }
    for (const offset of this.dead) this.#over.add(offset)
    this.#writing = undefined
    this.#work.committed()
  }

  #begin(): void {
    const one = this.#work.take()
    if (one === undefined) return
    const { offset, tries } = one
    assert.ok(!this.#over.has(offset), `${offset} is over, and begins again`)
    assert.equal(tries.attempts, this.#attempts[offset], `${offset} has lost its attempts`)
    assert.ok(tries.deaths <= this.#deaths, 'it has more deaths than there were')
    assert.ok(tries.deaths >= (this.#deathsOf[offset] ?? 0), 'a death is not counted')
    assert.ok(tries.deaths < this.#options.maxDeaths, 'it has used up its deaths')
    this.#keepsOrder(one)
    if (this.#mustBeAlone(one) || this.#inWork.some((other) => this.#mustBeAlone(other))) {
      assert.equal(this.#inWork.length, 0, `${offset} is not alone`)
    }
    this.#inWork.push(one)
  }

  #mustBeAlone({ tries: { deaths } }: Unfinished): boolean {
    return deaths > 0 && deaths >= this.#options.maxDeaths - 1
  }

  #keepsOrder({ offset, read: { key } }: Unfinished): void {
    const { order } = this.#options
    if (order === 'none' || (order === 'key' && key === undefined)) return
    for (const earlier of this.#records.slice(0, offset)) {
      if (order === 'key' && earlier.key !== key) continue
      // One that has died of its deaths is not told of before its commit.
      const isOver =
        this.#over.has(earlier.offset) || this.#writing?.commit.dead.some(({ record }) => record === earlier)
      if (!isOver && (this.#deathsOf[earlier.offset] ?? 0) === 0)
        assert.fail(`${offset} begins before ${earlier.offset}`)
    }
  }

  #end(one: Unfinished | undefined, ending: Ending): void {
    if (one === undefined) return
    this.#inWork = this.#inWork.filter((other) => other !== one)
    if (ending.kind === 'done') this.done.add(one.offset)
    if (ending.kind === 'done' || ending.kind === 'dead') this.#over.add(one.offset)
    this.#work.ended(one, ending)
  }

  #fail(one: Unfinished | undefined): void {
    if (one === undefined) return
    const attempts = one.tries.attempts + 1
    this.#attempts[one.offset] = attempts
    this.#end(one, { kind: 'retry', at: this.#now + RETRY_MS, tries: { ...one.tries, attempts } })
  }

  /** Its process is killed: what was not written never was. */
  #crash(): void {
    this.#deaths += 1
    for (const { offset } of this.#inWork) this.#deathsOf[offset] = (this.#deathsOf[offset] ?? 0) + 1
    this.#takeOver()
  }

  /** It stops: what is in work ends unknown. */
  #handOver(): void {
    this.#work.leave({ abortAt: 0, cutAt: 0, overAt: 0 })
    for (const one of this.#inWork) this.#end(one, { kind: 'unknown', at: this.#now, tries: one.tries })
    for (let writes = 0; !this.#work.isAtRest; writes += 1) {
      assert.ok(writes < 10, 'it does not come to rest')
      this.#write()
    }
    this.#takeOver()
  }

  #takeOver(): void {
    this.#inWork = []
    this.#writing = undefined
    this.#over = new Set(this.#known.over)
    this.#attempts = [...this.#known.attempts]
    this.#work = this.#taken()
  }

  /** Until all is done. */
  drain(): void {
    for (let round = 0; round < 10_000; round += 1) {
      if (this.#kept.offset === this.#records.length) return
      for (const step of ['read', 'write', 'wait', 'begin', 'begin', 'done'] as const) this.step(step, round)
    }
    assert.fail(
      `nothing goes on at ${this.#kept.offset} of ${this.#records.length}; ${this.#inWork.length} are in work`,
    )
  }
}
