import { realpathSync } from 'node:fs'
import { type Clock, systemClock, systemRandom } from '../../core/clock.ts'
import type { WillcallError } from '../../core/errors.ts'
import { Checkpointer } from './checkpointer.ts'
import type { Database } from './database.ts'
import { closed, isOfDisk, overCap, told } from './disk-error.ts'
import { openDatabase } from './open-database.ts'
import { type Sync, WalSync } from './wal-sync.ts'

/** How long a write waits for other processes before it is refused, in milliseconds. */
const MAX_BUSY_MS = 1_000
/** Between two tries to get the lock: 1 ms and up to so many more. */
const BUSY_SPREAD_MS = 3
/** Between two tries to bring a file back whose disk has failed, in milliseconds. */
const RECOVER_MS = 500

/** What a write is done with: what was made for this connection. It is told of each transaction. */
export interface TransactionListener {
  /** One begins, or begins anew. */
  begin(): void
  /** It is about to be committed. */
  end(): void
  committed(): void
}

export type Prepare<Session> = (database: Database) => Session

export interface FileOptions {
  /**
   * `disk`: kept means that it outlives a power cut. `process`: that it outlives the process, but not the system.
   * Default `disk`.
   */
  readonly durability?: 'disk' | 'process'
  readonly clock?: Clock
  readonly random?: () => number
  readonly sync?: Sync
}

/** A change that waits for the transaction of its turn. */
interface Write<Session> {
  readonly change: (session: Session) => unknown
  readonly isKept: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

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
  #sync: WalSync
  #checkpointer: Checkpointer
  #writes: Write<Session>[] = []
  #turn: Promise<void> | undefined
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
    this.#sync = this.#syncOf(database)
    this.#checkpointer = this.#checkpointerOf(database)
  }

  #syncOf({ name }: Database): WalSync {
    // Beside the file itself, where the path leads to it by a link.
    return new WalSync(`${realpathSync(name)}-wal`, this.#syncWith)
  }

  #checkpointerOf(database: Database): Checkpointer {
    const failed = (error: unknown): void => this.#diskFailed(told(error, this.#path))
    return new Checkpointer(database, { failed, clock: this.#clock })
  }

  /** For reading, and for the caller's own transactions. */
  get database(): Database {
    return this.#database
  }

  get session(): Session {
    return this.#session
  }

  /** Resolves with what the change returns once it is committed; other processes see it, a power cut may undo it. */
  commit<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, false)
  }

  /** Resolves with what the change returns once it is kept. */
  keep<Value>(change: (session: Session) => Value): Promise<Value> {
    return this.#write(change, true)
  }

  #write<Value>(change: (session: Session) => Value, isKept: boolean): Promise<Value> {
    if (this.#closed !== undefined) return Promise.reject(closed(this.#path))
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (isKept && this.#checkpointer.isOverCap) return Promise.reject(overCap(this.#path))
    return new Promise<unknown>((resolve, reject) => {
      this.#writes.push({ change, isKept, resolve, reject })
      this.#turn ??= this.#endOfTurn()
    }) as Promise<Value>
  }

  /** Until nothing waits: what comes while another process holds the lock joins the transaction. */
  async #endOfTurn(): Promise<void> {
    await this.#clock.yield()
    const since = this.#clock.elapsed()
    while (this.#writes.length > 0 && this.#failure === undefined) {
      const busy = this.#transact()
      if (busy === undefined) break
      if (this.#clock.elapsed() - since >= MAX_BUSY_MS) this.#refuse(busy)
      else await this.#pause(1 + this.#random() * BUSY_SPREAD_MS)
    }
    this.#turn = undefined
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }

  /** One transaction with all that waits; the error where another process has the lock. */
  #transact(): WillcallError | undefined {
    try {
      this.#database.exec('begin immediate')
    } catch (error) {
      return this.#failed(error)
    }
    const writes = this.#writes
    this.#writes = []
    try {
      const ends = this.#changesOf(writes)
      this.#session.end()
      this.#database.exec('commit')
      this.#session.committed()
      this.#checkpointer.committed()
      this.#committed(ends)
      return undefined
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('rollback')
      this.#writes = [...writes, ...this.#writes]
      return this.#failed(error)
    }
  }

  /** All of them; where one throws, each again within a savepoint, so that it alone is undone. */
  #changesOf(writes: readonly Write<Session>[]): readonly End<Session>[] {
    this.#session.begin()
    try {
      return writes.map((write) => ({ write, value: write.change(this.#session) }))
    } catch (error) {
      if (isOfDisk(error) || !this.#database.inTransaction) throw error
      this.#database.exec('rollback')
      this.#database.exec('begin immediate')
      this.#session.begin()
      return writes.map((write) => this.#alone(write))
    }
  }

  #alone(write: Write<Session>): End<Session> {
    this.#database.exec('savepoint alone')
    try {
      const value = write.change(this.#session)
      this.#database.exec('release alone')
      return { write, value }
    } catch (error) {
      if (isOfDisk(error)) throw error
      this.#database.exec('rollback to alone')
      this.#database.exec('release alone')
      return { write, error }
    }
  }

  #committed(ends: readonly End<Session>[]): void {
    const kept: (() => void)[] = []
    for (const end of ends) {
      const { write } = end
      if ('error' in end) write.reject(end.error)
      else if (write.isKept && this.#isSynced) kept.push(() => write.resolve(end.value))
      else write.resolve(end.value)
    }
    if (kept.length === 0) return
    this.#sync.done().then(
      () => {
        for (const resolve of kept) resolve()
      },
      (error: unknown) => {
        this.#diskFailed(told(error, this.#path))
        for (const { write } of ends) write.reject(this.#failure)
      },
    )
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

  #diskFailed(reason: WillcallError): void {
    if (this.#failure !== undefined) return
    this.#failure = reason
    this.#refuse(reason)
    void this.#recover()
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
    await this.#turn
    if (this.#isSynced) await this.#sync.done().catch(() => {})
    await this.#sync.close()
    await this.#checkpointer.close()
    this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** How a write ended in its transaction. */
type End<Session> =
  | { readonly write: Write<Session>; readonly value: unknown }
  | { readonly write: Write<Session>; readonly error: unknown }

/**
 * Brings the whole WAL into the file and empties it, so that nothing that a failed write has left half in it is built upon. Where
 * other processes use it, they have been told of such a failure themselves.
 */
function checkpoint(database: Database): void {
  database.pragma('wal_checkpoint(truncate)')
}
