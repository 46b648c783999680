import { Bell } from '../../channel/bell.ts'
import { WillcallError } from '../../core/errors.ts'
import type { JobId } from '../../core/message.ts'
import type {
  Call,
  Change,
  Claimed,
  ClaimQuery,
  Counts,
  Fact,
  Feature,
  Filter,
  KeptJob,
  Page,
  Settlement,
  Store,
} from '../store.ts'
import { change } from './change.ts'
import { claim } from './claim.ts'
import { enqueue } from './enqueue.ts'
import { recall, remember } from './facts.ts'
import type { SqliteFile } from './file.ts'
import { list } from './look.ts'
import { countTaken, numbersOf } from './once.ts'
import type { Session } from './session.ts'
import { forgetDone, type Retention, settle } from './settle.ts'

export interface SqliteStoreOptions extends Retention {
  /** Most jobs that wait or run at once. */
  readonly maxPending: number
}

/** Jobs in a file. What `enqueue` has answered, and how attempts ended, outlives the process. */
export class SqliteStore implements Store {
  readonly features: ReadonlySet<Feature> = new Set(['durable'])
  readonly changed: Bell = new Bell()
  readonly #file: SqliteFile<Session>
  readonly #options: SqliteStoreOptions
  readonly #owner: number
  #claims = 0
  /** Jobs of calls that are about to be kept. */
  #coming = 0

  constructor(file: SqliteFile<Session>, owner: number, options: SqliteStoreOptions) {
    this.#file = file
    this.#owner = owner
    this.#options = options
  }

  enqueue(call: Call): Promise<readonly JobId[]> | false {
    const { jobs, once, onceByJob, now } = call
    const { session } = this.#file
    const isThere = once !== undefined && numbersOf(session, once, now) !== undefined
    const fresh = isThere ? 0 : jobs.length - (onceByJob === undefined ? 0 : countTaken(session, onceByJob, now))
    if (!this.#hasRoom(fresh)) return false
    this.#coming += fresh
    return this.#changing(this.#file.keep((kept) => enqueue(kept, call))).finally(() => {
      this.#coming -= fresh
    })
  }

  #hasRoom(count: number): boolean {
    const { maxPending } = this.#options
    if (count > maxPending) throw tooLarge(count, maxPending)
    const { waiting, running } = this.#file.session.counted()
    return waiting + running + this.#coming + count <= maxPending
  }

  claim(query: ClaimQuery): Promise<Claimed> {
    this.#claims += 1
    const by = { owner: this.#owner, claim: this.#claims }
    return this.#file.commit((session) => claim(session, query, by))
  }

  settle(settlements: readonly Settlement[], now: number): Promise<void> {
    return this.#changing(
      this.#file.commit((session) => {
        settle(session, settlements, now)
        forgetDone(session, this.#options, now)
      }),
    )
  }

  change(filter: Filter, what: Change, now: number): Promise<number> {
    const written = this.#file.keep((session) => {
      const { waiting, running } = session.counted()
      const room = what.kind === 'replay' ? this.#options.maxPending - waiting - running : Number.MAX_SAFE_INTEGER
      return change(session, filter, what, Math.max(0, room), now)
    })
    return this.#changing(written)
  }

  async #changing<Value>(written: Promise<Value>): Promise<Value> {
    const value = await written
    this.changed.ring()
    return value
  }

  async find(id: JobId): Promise<KeptJob | undefined> {
    return list(this.#file.session, { ids: [id] }, { limit: 1 })[0]
  }

  async list(filter: Filter, page: Page): Promise<readonly KeptJob[]> {
    return list(this.#file.session, filter, page)
  }

  async count(): Promise<Counts> {
    const { waiting, running, done, dead } = this.#file.session.counted()
    return { waiting, running, done, dead }
  }

  async recall(prefix: string): Promise<readonly Fact[]> {
    return recall(this.#file.session, prefix)
  }

  remember(name: string, value: string | undefined, expected: string | undefined): Promise<boolean> {
    return this.#file.keep((session) => remember(session, name, value, expected))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close()
  }
}

const tooLarge = (count: number, most: number): WillcallError =>
  new WillcallError('too_large', `a call with ${count} messages can never be kept: the store has ${most} places`, {
    given: count,
  })
