import { realpathSync } from 'node:fs'
import { type Clock, systemClock, systemRandom, type Timer } from '../../core/clock.ts'
import type { WillcallError } from '../../core/errors.ts'
import { Checkpointer } from './checkpointer.ts'
import type { Database } from './database.ts'
import { closed, overCap, told } from './disk-error.ts'
import { openDatabase } from './open-database.ts'
import { type Sync, WalSync } from './wal-sync.ts'
import { type How, nextOf, type TransactionListener, type Write, Writer } from './writer.ts'

/** How long a write waits for other processes before it is refused, in milliseconds. */
const MAX_BUSY_MS = 1_000
/** Between two tries to get the lock: 1 ms and up to so many more. */
const BUSY_SPREAD_MS = 3
/** Between two tries to bring a file back whose disk has failed, in milliseconds. */
const RECOVER_MS = 500

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
  readonly #prepare: Prepare<Session>
  readonly #isSynced: boolean
  readonly #clock: Clock
  readonly #random: () => number
  readonly #syncWith: Sync | undefined
  #database: Database
  #session: Session
  #writer: Writer<Session>
  #sync: WalSync
  #checkpointer: Checkpointer
  #writes: Write<Session>[] = []
  #turn: Promise<void> | undefined
  #syncSoon: Timer | undefined
  /** Syncs that somebody waits for. */
  #syncs = 0
  /** Why nothing can be kept now. */
  #failure: WillcallError | undefined
  #closed: Promise<void> | undefined

  constructor(path: string, prepare: Prepare<Session>, options: FileOptions = {}) {
    const { durability = 'disk', clock = systemClock, random = systemRandom, sync } = options
    this.#path = path
    this.#prepare = prepare
    this.#isSynced = durability === 'disk'
    this.#clock = clock
    this.#random = random
    this.#syncWith = sync
    const database = openDatabase(path)
    this.#database = database
    checkpoint(database)
    this.#session = prepare(database)
    this.#writer = new Writer(database, this.#session)
    this.#sync = this.#syncOf(database)
    this.#checkpointer = this.#checkpointerOf(database)
  }

  #syncOf({ name }: Database): WalSync {
    // Beside the file itself, where the path leads to it by a link.
    return new WalSync(`${realpathSync(name)}-wal`, this.#syncWith)
  }

  #checkpointerOf(database: Database): Checkpointer {
    const failed = (error: unknown): void => void this.#diskFailed(told(error, this.#path))
    return new Checkpointer(database, { failed, clock: this.#clock })
  }

  /** For what is not a write of a turn. Throws while the disk has failed, and once it is closed. */
  get database(): Database {
    if (this.#closed !== undefined) throw closed(this.#path)
    if (this.#failure !== undefined) throw this.#failure
    return this.#database
  }

  /** For reading. Throws while the disk has failed, and once it is closed. */
  get session(): Session {
    if (this.#closed !== undefined) throw closed(this.#path)
    if (this.#failure !== undefined) throw this.#failure
    return this.#session
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Resolves with what the change returns once it is committed; other processes see it, a power cut may undo it. */
  commit<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, COMMIT)
  }

  /** As `commit`, but not before a sync that is under way: what that lets go on is written with it. */
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
      await this.#sync.done()
    } catch (error) {
      throw this.#diskFailed(told(error, this.#path))
    } finally {
      this.#syncs -= 1
      if (this.#writes.length > 0) this.#turn ??= this.#endOfTurn()
    }
  }

  #write<Value>(change: (session: Session) => Value, how: How): Promise<Value> {
    if (this.#closed !== undefined) return Promise.reject(closed(this.#path))
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (how.isKept && this.#checkpointer.isOverCap) return Promise.reject(overCap(this.#path))
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
      this.#writer.write(writes)
      this.#writes = this.#writes.slice(writes.length)
      this.#checkpointer.committed()
      this.#committed(writes)
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

  /** What nobody waits for is kept all the same. */
  #keepSoon(): void {
    if (!this.#isSynced) return
    this.#syncSoon ??= this.#clock.after(SYNC_WITHIN_MS, () => void this.kept().catch(() => {}))
  }

  /** The error where it is worth a try in some milliseconds; all else is refused at once. */
  #failed(error: unknown): WillcallError | undefined {
    const reason = told(error, this.#path)
    if (reason.code === 'database_busy') return reason
    if (reason.code === 'disk_failed') this.#diskFailed(reason)
    this.#refuse(reason)
    return undefined
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
    void this.#recover()
    return reason
  }

  /** Closes the file and opens it anew until it is found whole: only what is read again from the disk is known to be there. */
  async #recover(): Promise<void> {
    while (this.#closed === undefined) {
      try {
        await this.#sync.close()
        await this.#checkpointer.close()
        this.#database.close()
        const database = openDatabase(this.#path)
        this.#database = database
        checkpoint(database)
        this.#session = this.#prepare(database)
        this.#writer = new Writer(database, this.#session)
        database.exec('update file set writes = writes + 1')
        this.#sync = this.#syncOf(database)
        this.#checkpointer = this.#checkpointerOf(database)
        if (this.#isSynced) await this.#sync.done()
        this.#failure = undefined
        return
      } catch {
        await this.#pause(RECOVER_MS)
      }
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#writes.length > 0) this.#turn ??= this.#endOfTurn()
    await this.#turn
    this.#syncSoon?.cancel()
    if (this.#isSynced) await this.#sync.done().catch(() => {})
    await this.#sync.close()
    await this.#checkpointer.close()
    this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Brings the whole WAL into the file and empties it, so that nothing that a failed write has left half in it is built upon. Where
 * other processes use it, they have been told of such a failure themselves.
 */
function checkpoint(database: Database): void {
  database.pragma('wal_checkpoint(truncate)')
}
