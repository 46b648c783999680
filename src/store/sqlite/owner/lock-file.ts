import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs'
import type { Database, DatabaseConstructor } from '../file/database.ts'

/** How long a holder waits for one who just probes its file, in milliseconds, blocking the event loop. */
const RENEW_TIMEOUT_MS = 5
/** How often a file is made anew in one go, where others delete it each time. */
const MAX_TRIES = 3

/** A connection that nobody refers to is garbage-collected, and its lock goes with it, silently. */
const connections = new Set<Database>()

/**
 * The lock files of this process, of all copies of this module. To open and close one of these drops the lock, where it is done by
 * another SQLite than the one that holds it (https://www.sqlite.org/howtocorrupt.html, section 2.2.1).
 */
const shared = globalThis as unknown as Record<symbol, Set<string> | undefined>
const OWNERS = Symbol.for('willcall.owners')
const ours = (): Set<string> => (shared[OWNERS] ??= new Set())

/** Whether this process holds that file, through whichever copy of this module. */
export const isOurs = (path: string): boolean => ours().has(path)

/**
 * A file that tells whether who holds it lives: the kernel frees its lock when the process dies, however it dies.
 * 1. The lock is an exclusive transaction that never ends, on a file without content. 2. What this process holds is never probed by
 * it. 3. The file is deleted before the lock is given back, so that nobody finds a file of the living without a lock.
 */
export class LockFile {
  readonly path: string
  readonly #Connection: DatabaseConstructor
  #connection: Database | undefined
  #inode: bigint | undefined

  private constructor(path: string, Connection: DatabaseConstructor) {
    this.path = path
    this.#Connection = Connection
    ours().add(path)
  }

  /** Makes the file, for this user alone, and holds it; undefined where another process took it first. */
  static make(path: string, Connection: DatabaseConstructor): LockFile | undefined {
    const file = new LockFile(path, Connection)
    try {
      if (file.renew()) return file
    } catch (error) {
      file.release()
      throw error
    }
    file.release()
    return undefined
  }

  /**
   * Takes the lock of one who died, and holds it from then on. `missing`: there is no such file, or it is no lock file any more.
   * `alive`: somebody holds it, or it cannot be told.
   */
  static take(path: string, Connection: DatabaseConstructor): LockFile | 'alive' | 'missing' {
    if (isOurs(path)) return 'alive'
    const file = new LockFile(path, Connection)
    try {
      file.#inode = inodeOf(path)
      // Asked of the system: SQLite says the same of a file that is not there, of one that must not be read, and of too many open files.
      if (file.#inode === undefined) return file.#givenUp('missing')
      file.#open(0)
      if (!file.#lock()) return file.#givenUp('alive')
      return file.#isThere() ? file : file.#givenUp('alive')
    } catch (error) {
      return file.#givenUp(isNoDatabase(error) ? 'missing' : 'alive')
    }
  }

  /**
   * Takes the lock again, should it be lost, and makes the file anew, should it be gone, replaced or damaged. False where another
   * process has the lock now: it believes that this one is dead.
   */
  renew(): boolean {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const isLocked = this.#relocked()
      if (isLocked === false) return false
      if (isLocked && this.#isThere()) return true
      this.#make()
    }
    return false
  }

  /** Undefined where there is nothing that could be locked. */
  #relocked(): boolean | undefined {
    try {
      if (this.#connection?.inTransaction) this.#connection.exec('rollback')
      return this.#connection && this.#lock()
    } catch {
      return undefined
    }
  }

  #lock(): boolean {
    try {
      this.#connection?.exec('begin exclusive')
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }

  /** A file of the same name may lie there that somebody restored from a copy. */
  #isThere(): boolean {
    return inodeOf(this.path) === this.#inode
  }

  #make(): void {
    this.#close()
    rmSync(this.path, { force: true })
    const fd = openSync(this.path, 'wx', 0o600)
    this.#inode = fstatSync(fd, { bigint: true }).ino
    closeSync(fd)
    this.#open(RENEW_TIMEOUT_MS)
  }

  #open(timeout: number): void {
    this.#connection = new this.#Connection(this.path, { timeout, fileMustExist: true })
    connections.add(this.#connection)
    // Otherwise a process that dies leaves an empty journal.
    this.#connection.pragma('journal_mode = memory')
  }

  #close(): void {
    if (this.#connection === undefined) return
    connections.delete(this.#connection)
    this.#connection.close()
    this.#connection = undefined
  }

  #givenUp<Why>(why: Why): Why {
    this.letGo()
    return why
  }

  /** Gives the lock back and leaves the file: who looks next finds its owner dead. */
  letGo(): void {
    this.#close()
    ours().delete(this.path)
  }

  /** Deletes the file and gives the lock back. A file that cannot be deleted now is swept by an owner who comes later. */
  release(): void {
    const isDeleted = deleted(this.path)
    this.letGo()
    // Windows deletes no file that is open.
    if (!isDeleted) deleted(this.path)
  }
}

/** By its path: to open and close a file that this process holds would drop the lock. */
const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino

function deleted(path: string): boolean {
  try {
    rmSync(path, { force: true })
    return true
  } catch {
    return false
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? ''
const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY')
const isNoDatabase = (error: unknown): boolean => /^SQLITE_(?:NOTADB|CORRUPT)/.test(codeOf(error))
