import { type Clock, systemClock, systemRandom, type Timer } from '../../../core/clock.ts'
import type { WillcallError } from '../../../core/errors.ts'
import type { Database } from './database.ts'
import { closed, overCap, told } from './disk-error.ts'
import { openDatabase } from './open-database.ts'
import { Opening, type OpeningOptions, opened } from './opening.ts'
import { Recovery } from './recovery.ts'
import { type Sync, WalLostError } from './sync/wal-sync.ts'
import { type How, nextOf, type TransactionListener, type Write } from './writer.ts'

/** How long a write waits for other processes before it is refused, in milliseconds. */
const MAX_BUSY_MS = 1_000
/** Between two tries to get the lock: 1 ms and up to so many more. */
const BUSY_SPREAD_MS = 3
/** How long what was committed may be without a sync, in milliseconds, where nobody waits for one. */
const SYNC_WITHIN_MS = 10

/** `disk`: kept means that it outlives a power cut. `process`: that it outlives the process, but not the system. */
export type Durability = 'disk' | 'process'

export type Prepare<Session> = (database: Database) => Session

export interface FileOptions {
  /** Default `disk`. */
  readonly durability?: Durability
  readonly clock?: Clock
  readonly random?: () => number
  readonly sync?: Sync
}

const COMMIT: How = { when: 'now', isKept: false, isAlone: false }
const COMMIT_SOON: How = { when: 'soon', isKept: false, isAlone: false }
const KEEP: How = { when: 'now', isKept: true, isAlone: false }
const KEEP_ALONE: How = { when: 'now', isKept: true, isAlone: true }

/**
 * A database file, and its only writer in this process.
 * 1. All that is written in one turn of the event loop is one transaction. 2. What is kept is told so only once it is on disk.
 * 3. A change that throws takes no other with it. 4. After the disk has failed nothing is told to be kept until the file was
 * closed, opened again and found whole.
 */
export class SqliteFile<Session extends TransactionListener> implements AsyncDisposable {
  readonly #path: string
  readonly #isSynced: boolean
  readonly #clock: Clock
  readonly #random: () => number
  readonly #options: OpeningOptions<Session>
  #opening: Opening<Session>
  #writes: Write<Session>[] = []
  #turn: Promise<void> | undefined
  #syncSoon: Timer | undefined
  /** Syncs that somebody waits for. */
  #syncs = 0
  /** Why nothing can be kept now. */
  #failure: WillcallError | undefined
  #recovery: Recovery<Session> | undefined
  #closed: Promise<void> | undefined

  constructor(path: string, prepare: Prepare<Session>, options: FileOptions = {}) {
    const { durability = 'disk', clock = systemClock, random = systemRandom, sync } = options
    this.#path = path
    this.#isSynced = durability === 'disk'
    this.#clock = clock
    this.#random = random
    const failed = (error: unknown): void => void this.failed(error)
    this.#options = { prepare, isSynced: this.#isSynced, clock, sync, failed }
    this.#opening = opened(openDatabase(path), this.#options)
  }

  /** For what is not a write of a turn. Throws while the disk has failed, and once it is closed. */
  get database(): Database {
    if (this.#closed !== undefined) throw closed(this.#path)
    if (this.#failure !== undefined) throw this.#failure
    return this.#opening.database
  }

  /** For reading. Throws while the disk has failed, and once it is closed. */
  get session(): Session {
    if (this.#closed !== undefined) throw closed(this.#path)
    if (this.#failure !== undefined) throw this.#failure
    return this.#opening.session
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Resolves with what the change returns once it is committed; other processes see it, a power cut may undo it. */
  commit<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, COMMIT)
  }

  /** As `commit`, but not before a sync that is under way and waited for: what that lets go on is written with it. */
  commitSoon<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, COMMIT_SOON)
  }

  /** Resolves with what the change returns once it is kept. */
  keep<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, KEEP)
  }

  /** As `keep`, in a transaction of its own: for a change that is the caller's. It is not made twice. */
  keepAlone<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, KEEP_ALONE)
  }

  /** Resolves once all that is committed now is kept. */
  async kept(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (!this.#isSynced) return
    this.#syncSoon?.cancel()
    this.#syncSoon = undefined
    this.#syncs += 1
    try {
      await this.#synced()
    } finally {
      this.#syncs -= 1
      if (this.#writes.length > 0) this.#turn ??= this.#endOfTurn()
    }
  }

  async #synced(): Promise<void> {
    try {
      await this.#opening.sync.done()
    } catch (error) {
      throw this.#diskFailed(told(error, this.#path))
    }
  }

  #write<Value>(change: (session: Session) => Value, how: How): Promise<Value> {
    if (this.#closed !== undefined) return Promise.reject(closed(this.#path))
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (how.isKept && this.#opening.checkpointer.isOverCap) return Promise.reject(overCap(this.#path))
    return new Promise<unknown>((resolve, reject) => {
      this.#writes.push({ change, how, resolve, reject, value: undefined, hasThrown: false })
      if (how.when === 'now' || this.#syncs === 0) this.#turn ??= this.#endOfTurn()
    }) as Promise<Value>
  }

  /** Until nothing waits: what comes while another process holds the lock joins the transaction. */
  async #endOfTurn(): Promise<void> {
    await this.#clock.yield()
    const since = this.#clock.elapsed()
    while (this.#writes.length > 0 && this.#failure === undefined) {
      const busy = this.#transact()
      if (busy === undefined) {
        if (this.#writes.length > 0) await this.#clock.yield()
      } else if (this.#clock.elapsed() - since >= MAX_BUSY_MS) this.#refuse(busy)
      else await this.#pause(1 + this.#random() * BUSY_SPREAD_MS)
    }
    this.#turn = undefined
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }

  /** One transaction; the error where another process has the lock. */
  #transact(): WillcallError | undefined {
    try {
      const writes = nextOf(this.#writes)
      this.#opening.writer.write(writes)
      this.#writes = this.#writes.slice(writes.length)
      this.#opening.checkpointer.committed()
      if (this.#failure === undefined) this.#committed(writes)
      else for (const { reject } of writes) reject(this.#failure)
      return undefined
    } catch (error) {
      return this.#failed(error)
    }
  }

  #committed(writes: readonly Write<Session>[]): void {
    let waits = false
    for (const write of writes) {
      if (write.hasThrown) write.reject(write.value)
      else if (write.how.isKept && this.#isSynced) waits = true
      else write.resolve(write.value)
    }
    if (!waits) {
      this.#keepSoon()
      return
    }
    // Each is settled once: what has its end already does not change.
    this.kept().then(
      () => {
        for (const write of writes) write.resolve(write.value)
      },
      (error: unknown) => {
        for (const write of writes) write.reject(error)
      },
    )
  }

  /** What nobody waits for is kept all the same; such a sync lets nothing go on, so that no commit waits for it. */
  #keepSoon(): void {
    if (!this.#isSynced) return
    this.#syncSoon ??= this.#clock.after(SYNC_WITHIN_MS, () => {
      this.#syncSoon = undefined
      if (this.#failure === undefined) void this.#synced().catch(() => {})
    })
  }

  /** The error where it is worth a try in some milliseconds; all else is refused at once. */
  #failed(error: unknown): WillcallError | undefined {
    const reason = this.failed(error)
    if (reason.code === 'database_busy') return reason
    this.#refuse(reason)
    return undefined
  }

  /** To be told what SQLite throws where it is not asked by a write. Answers with what that means for the file. */
  failed(error: unknown): WillcallError {
    const reason = told(error, this.#path)
    return reason.code === 'disk_failed' ? this.#diskFailed(reason) : reason
  }

  #refuse(reason: WillcallError): void {
    const writes = this.#writes
    this.#writes = []
    for (const { reject } of writes) reject(reason)
  }

  /** Nothing is kept from now on, for this reason or an earlier one. */
  #diskFailed(reason: WillcallError): WillcallError {
    if (this.#failure !== undefined) return this.#failure
    this.#failure = reason
    this.#refuse(reason)
    if (this.#closed === undefined) void this.#recover(reason)
    return reason
  }

  /** Only what is read again from the disk is known to be there. */
  async #recover(reason: WillcallError): Promise<void> {
    this.#recovery = new Recovery(this.#opening, { ...this.#options, isWalLost: isLost(reason) })
    const opening = await this.#recovery.ended
    if (opening === undefined) return
    this.#opening = opening
    this.#recovery = undefined
    this.#failure = undefined
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#writes.length > 0) this.#turn ??= this.#endOfTurn()
    await this.#turn
    this.#syncSoon?.cancel()
    await this.#recovery?.close()
    if (this.#failure !== undefined && !isLost(this.#failure)) await this.#opening.letGo().catch(() => {})
    else if (this.#isSynced) await this.#opening.sync.done().catch(() => {})
    await this.#opening.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** What is in a deleted WAL comes into the file by the close alone. */
const isLost = ({ cause }: WillcallError): boolean => cause instanceof WalLostError
