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
import { SqliteFile } from './file.ts'
import { list } from './look.ts'
import { countTaken, numbersOf } from './once.ts'
import { Owner } from './owner.ts'
import type { OwnerRow } from './owner-rescue.ts'
import { Session } from './session.ts'
import { prepare } from './statements.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { freeOwner } from './orphans.ts'
import { forgetDone, type Retention, settle } from './settle.ts'

export interface SqliteStoreOptions extends Retention {
  readonly durability: 'disk' | 'process'
  /** Most jobs that wait or run at once. */
  readonly maxPending: number
  /** So many deaths of its owner end a job. */
  readonly maxDeaths: number
  readonly clock: Clock | undefined
}

/** Jobs in a file. What `enqueue` has answered, and how attempts ended, outlives the process. */
export class SqliteStore implements Store {
  readonly features: ReadonlySet<Feature> = new Set(['durable'])
  readonly changed: Bell = new Bell()
  readonly #file: SqliteFile<Session>
  readonly #options: SqliteStoreOptions
  #owner: Owner | undefined
  readonly #owned = new Bell()
  #claims = 0
  /** Jobs of calls that are about to be kept. */
  #coming = 0

  constructor(path: string, options: SqliteStoreOptions) {
    const { durability, clock = systemClock } = options
    this.#file = new SqliteFile(path, (database) => new Session(prepare(database)), { durability, clock })
    this.#options = options
  }

  #startOwner(): Owner {
    const { clock = systemClock, maxDeaths } = this.#options
    const file = this.#file
    return new Owner({
      database: file.database,
      clock,
      ledger: {
        add: (lockFile) => file.commit(({ statements }) => (statements.addOwner.get(lockFile) as [number])[0]),
        has: (id) => file.session.statements.hasOwner.get(id) !== undefined,
        all: () => file.session.statements.owners.all() as OwnerRow[],
        free: (id) => file.commit((session) => freeOwner(session, id, maxDeaths, clock.now())),
        remove: (id) => file.commit((session) => void freeOwner(session, id, maxDeaths, clock.now())),
      },
      onOwned: () => this.#owned.ring(),
      onFreed: () => this.changed.ring(),
    })
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

  async claim(query: ClaimQuery): Promise<Claimed> {
    this.#owner ??= this.#startOwner()
    while (this.#owner.id === undefined) await this.#owned.sleep()
    this.#claims += 1
    const by = { owner: this.#owner.id, claim: this.#claims }
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owner?.close()
    await this.#file.close()
  }
}

const tooLarge = (count: number, most: number): WillcallError =>
  new WillcallError('too_large', `a call with ${count} messages can never be kept: the store has ${most} places`, {
    given: count,
  })
