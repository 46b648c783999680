import { Bell } from '../../channel/bell.ts'
import { type Clock, systemClock, type Timer } from '../../core/clock.ts'
import { WillcallError } from '../../core/errors.ts'
import { events } from '../../core/events.ts'
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
  Transactions,
} from '../store.ts'
import { change } from './change.ts'
import { Claims } from './claims.ts'
import type { Database } from './file/database.ts'
import type { Retention } from './done.ts'
import { enqueue, writtenCall } from './enqueue.ts'
import { recall, remember } from './facts.ts'
import { type Durability, SqliteFile } from './file/file.ts'
import { LentConnections } from './lent.ts'
import { list } from './look.ts'
import { countTaken, numbersOf } from './once.ts'
import { Ownership } from './ownership.ts'
import { Session } from './session.ts'
import { SqlTransactions } from './sql-transactions.ts'
import { prepare } from './statements.ts'

/** Between two looks at whether other processes have written, in milliseconds. */
const LOOK_MS = 50

/** Dead jobs that come back in one transaction. */
const MAX_REPLAYED = 1_000

export interface SqliteStoreOptions extends Retention {
  readonly durability: Durability
  /** Most jobs that wait or run at once. */
  readonly maxPending: number
  /** So many deaths of its owner end a job. */
  readonly maxDeaths: number
  readonly clock: Clock | undefined
}

/** What else is kept in the file of a store works with. */
export interface StoreParts {
  readonly file: SqliteFile<Session>
  readonly ownership: Ownership
  readonly lent: LentConnections
  readonly clock: Clock
  /** Rung when others have written, as far as is known. Who hears it keeps the process alive. */
  readonly othersWrote: Bell
  /** Asks soon whether they have: a transaction of the caller's may be committed once its turn is over. */
  lookSoon(): void
  /** The store is closed only after that. Returns what undoes it. */
  onClose(close: () => Promise<void>): () => void
}

/** What a store shares with what else is kept in its file; undefined where it is no such store. */
export let partsOf: (store: SqliteStore) => StoreParts | undefined

/** Jobs in a file. What `enqueue` has answered, and how attempts ended, outlives the process. */
export class SqliteStore implements Store {
  static {
    partsOf = (store) => (typeof store === 'object' && store !== null && #parts in store ? store.#parts : undefined)
  }

  readonly features: ReadonlySet<Feature> = new Set(['durable', 'transactions'])
  readonly changed: Bell = new Bell()
  readonly robbed: Bell
  readonly #file: SqliteFile<Session>
  readonly #maxPending: number
  readonly #clock: Clock
  readonly #claims: Claims
  readonly #parts: StoreParts
  readonly #closers = new Set<() => Promise<void>>()
  readonly transactions: Transactions
  /** Jobs of calls that wait for a transaction. */
  #coming = 0
  #version: number
  #session: Session
  #timer: Timer
  /** Whether the timer keeps the process alive. */
  #isAwaited = false
  #closed: Promise<void> | undefined

  constructor(path: string, options: SqliteStoreOptions) {
    const { durability, maxPending, maxDeaths, clock = systemClock, ...retention } = options
    const ring = (): void => this.changed.ring()
    const sessionOn = (database: Database): Session => new Session(database, prepare(database), ring)
    this.#file = new SqliteFile(path, sessionOn, { durability, clock })
    this.#maxPending = maxPending
    this.#clock = clock
    const file = this.#file
    const ownership = new Ownership({ file, clock, maxDeaths })
    const lent = new LentConnections(file)
    const lookSoon = (): void => void this.#lookSoon()
    this.robbed = ownership.robbed
    this.#claims = new Claims({ ...retention, clock, file, ownership, changed: this.changed })
    this.transactions = new SqlTransactions({ file, claims: this.#claims, lent, maxPending, maySend: lookSoon })
    this.#parts = {
      file,
      ownership,
      lent,
      clock,
      othersWrote: new Bell(),
      lookSoon,
      onClose: (act) => this.#onClose(act),
    }
    this.#session = file.session
    this.#version = this.#file.session.version()
    this.#timer = this.#watch()
  }

  #watch(): Timer {
    const timer = this.#clock.after(LOOK_MS, () => {
      this.#look()
      this.#isAwaited = this.changed.isHeard || this.#parts.othersWrote.isHeard
      this.#timer = this.#watch()
    })
    if (!this.#isAwaited) timer.unref?.()
    return timer
  }

  #look(): void {
    if (this.#closed !== undefined) return
    this.#claims.tidy()
    if (this.#file.hasFailed) return
    try {
      const { session } = this.#file
      const version = session.version()
      // One of a file that was opened again, too.
      if (version === this.#version && session === this.#session) return
      session.refresh()
      this.#version = version
      this.#session = session
      this.#claims.mayHaveMore()
      this.#parts.othersWrote.ring()
    } catch (error) {
      const reason = this.#file.failed(error)
      if (reason.code !== 'database_busy') events['store.failed'].publish({ verb: 'claim', error: reason })
    }
  }

  /** Once the caller's turn is over: a transaction may be committed then. */
  async #lookSoon(): Promise<void> {
    await this.#clock.yield()
    this.#look()
  }

  enqueue(call: Call): Promise<readonly JobId[]> | false {
    const { jobs, once, onceByJob, now } = call
    const { session } = this.#file
    const isThere = once !== undefined && numbersOf(session, once, now) !== undefined
    let fresh = isThere ? 0 : jobs.length - (onceByJob === undefined ? 0 : countTaken(session, onceByJob, now))
    if (!this.#hasRoom(fresh)) {
      this.#awaitLook()
      return false
    }
    const written = writtenCall(call)
    this.#coming += fresh
    const came = (): void => {
      this.#coming -= fresh
      fresh = 0
    }
    const ids = this.#file.keep((kept) => {
      came()
      kept.willRing()
      return enqueue(kept, written, this.#claims)
    })
    ids.catch(() => {
      came()
      this.changed.ring()
    })
    return ids
  }

  /** Who waits for room, which only others can make, keeps the process alive. */
  #awaitLook(): void {
    if (this.#isAwaited) return
    this.#isAwaited = true
    this.#timer.cancel()
    this.#timer = this.#watch()
  }

  #hasRoom(count: number): boolean {
    const most = this.#maxPending
    if (count > most) throw tooLarge(count, most)
    const { waiting, running } = this.#file.session.tally
    return waiting + running + this.#coming + count <= most
  }

  claim(query: ClaimQuery): Claimed | Promise<Claimed> {
    return this.#claims.claim(query)
  }

  settle(settlements: readonly Settlement[], now: number): Promise<void> {
    return this.#claims.settle(settlements, now)
  }

  /** In steps, so that no turn of the event loop is long. */
  async change(filter: Filter, what: Change, now: number): Promise<number> {
    let changed = 0
    let more: number
    do {
      more = await this.#file.keep((session) => this.#change(session, filter, what, now))
      changed += more
    } while (what.kind === 'replay' && more === MAX_REPLAYED)
    return changed
  }

  #change(session: Session, filter: Filter, what: Change, now: number): number {
    if (what.kind !== 'replay') return change(session, filter, what, Number.MAX_SAFE_INTEGER, now)
    const { waiting, running } = session.tally
    session.onCommit(() => this.#claims.mayHaveMore())
    return change(session, filter, what, Math.max(0, Math.min(MAX_REPLAYED, this.#maxPending - waiting - running)), now)
  }

  async find(id: JobId): Promise<KeptJob | undefined> {
    return this.#list({ ids: [id] }, { limit: 1 })[0]
  }

  async list(filter: Filter, page: Page): Promise<readonly KeptJob[]> {
    return this.#list(filter, page)
  }

  #list(filter: Filter, page: Page): readonly KeptJob[] {
    const { session } = this.#file
    return session.read(() => list(session, filter, page))
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

  #onClose(close: () => Promise<void>): () => void {
    this.#closers.add(close)
    return () => void this.#closers.delete(close)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#closers].map((close) => close()))
    this.#timer.cancel()
    await this.#claims.close()
    await this.#parts.ownership.close()
    await this.#file.close()
    // Whoever waits is told so.
    this.changed.ring()
  }
}

const tooLarge = (count: number, most: number): WillcallError =>
  new WillcallError('too_large', `a call with ${count} messages can never be kept: the store has ${most} places`, {
    given: count,
  })
