import { Bell } from '../../../src/channel/bell.ts'
import type { NewRecord, SubscribeOptions } from '../../../src/broker/broker.ts'
import type {
  Assigned,
  Assignment,
  Commit,
  Member,
  Progress,
  Read,
  ReadRecord,
} from '../../../src/broker/membership.ts'
import { subscribeWith } from '../../../src/broker/subscription/subscribe-with.ts'
import type { Clock } from '../../../src/core/clock.ts'

const NOTHING: Assignment = { taken: [], lost: [], toRelease: [] }

/** A member of an engine that does what a test says: it fails, takes partitions away, or lets others wait. */
export class MemberDouble implements Member {
  readonly brokerId = 'broker'
  readonly changed = new Bell()
  readonly commits: Commit[] = []
  readonly released: Assigned[] = []
  readonly reads: number[] = []
  /** How many records were read. */
  came = 0
  /** What each of them has. */
  bytesOfOne = 1
  hasStopped = false
  hasLeft = false
  /** What the next call of the verb throws. */
  readonly failing: Partial<Record<'assign' | 'read' | 'commit' | 'release' | 'stop' | 'leave', Error>> = {}
  /** What commits answer. */
  holds = true
  /** Where set, commits and reads wait for it. */
  gate: Promise<unknown> | undefined
  readonly #logs = new Map<Assigned, ReadRecord[]>()
  #next: Assignment = NOTHING

  /** A partition that it is to take. */
  partition(partition: number, topic = 't', progress: Progress = { offset: 0, above: '' }): Assigned {
    const assigned = { topic, partition }
    this.#logs.set(assigned, [])
    this.#next = { ...this.#next, taken: [...this.#next.taken, { assigned, progress }] }
    return assigned
  }

  publish(assigned: Assigned, ...records: readonly NewRecord[]): void {
    const log = this.#logs.get(assigned) ?? []
    for (const { payload, key, headers = {} } of records) {
      const json = JSON.stringify(payload)
      log.push({ ...assigned, offset: log.length, key, json, headers, timestamp: new Date(0) })
    }
    this.changed.ring()
  }

  lose(assigned: Assigned): void {
    this.#next = { ...this.#next, lost: [assigned] }
    this.changed.ring()
  }

  giveUp(assigned: Assigned): void {
    this.#next = { ...this.#next, toRelease: [assigned] }
    this.changed.ring()
  }

  #fails(verb: keyof MemberDouble['failing']): void {
    const error = this.failing[verb]
    delete this.failing[verb]
    if (error !== undefined) throw error
  }

  async assign(): Promise<Assignment> {
    this.#fails('assign')
    const assignment = this.#next
    this.#next = NOTHING
    return assignment
  }

  read(assigned: Assigned, from: number, most: number): Read | Promise<Read> {
    this.reads.push(from)
    this.#fails('read')
    const records = (this.#logs.get(assigned) ?? []).slice(from, from + most)
    this.came += records.length
    const read = { records, next: from + records.length, bytes: records.length * this.bytesOfOne }
    return this.gate === undefined ? read : this.gate.then(() => read)
  }

  async commit(commits: readonly Commit[]): Promise<readonly boolean[]> {
    await this.gate
    this.#fails('commit')
    if (this.holds) this.commits.push(...commits)
    return commits.map(() => this.holds)
  }

  async stop(): Promise<void> {
    this.#fails('stop')
    this.hasStopped = true
  }

  async release(assigned: Assigned): Promise<void> {
    this.#fails('release')
    this.released.push(assigned)
  }

  async leave(): Promise<void> {
    this.#fails('leave')
    this.hasLeft = true
  }

  /** A subscription with this member; `stop` ends it and waits for that. */
  subscribe(clock: Clock, options: Partial<SubscribeOptions<never>>): { stop(): Promise<void>; ended: Promise<void> } {
    const stopping = new AbortController()
    const closing = new AbortController().signal
    const engine = { join: async () => this, clock, random: () => 0.5, closing }
    const ended = subscribeWith(engine, {
      topics: ['t'],
      group: 'g',
      run: () => {},
      signal: stopping.signal,
      ...options,
    })
    ended.catch(() => {})
    return {
      ended,
      stop: () => {
        stopping.abort()
        return ended
      },
    }
  }
}

/** Records with a number each. */
export const payloads = (count: number): { payload: number }[] =>
  Array.from({ length: count }, (_, payload) => ({ payload }))

/** The last offset that was committed. */
export const committed = ({ commits }: MemberDouble): number => commits.at(-1)?.progress.offset ?? 0
