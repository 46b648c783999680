import { close, fdatasync, open } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { systemClock, Worker } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const openFile = promisify(open)
const sync = promisify(fdatasync)

/** As much as makes the file itself grow at a checkpoint. */
export const FILLER = 'x'.repeat(4_000)

/** Between two tries to recover, in milliseconds. */
const RECOVER_MS = 300

/** Resolves once the number is told to be kept. */
type Send = (n: number) => Promise<unknown>

const workerOn = (path: string) =>
  new Worker({
    store: openSqlite(path),
    tasks: { keep: async (_payload: { readonly n: number; readonly filler: string }) => {} },
  })

/** A send refuses where the store cannot be opened, and the next one tries that again. */
function willcall(path: string): Send {
  let worker: ReturnType<typeof workerOn> | undefined
  return async (n) => {
    worker ??= workerOn(path)
    await worker.send({ task: 'keep', n, filler: FILLER })
  }
}

/** WAL, NORMAL and a sync of its own, as willcall has it, but without a recovery. */
class Plain {
  readonly #path: string
  #database: Database
  #fd: number | undefined

  constructor(path: string) {
    this.#path = path
    this.#database = this.#open()
  }

  #open(): Database {
    const database = new Connection(this.#path, { timeout: 2_000 })
    database.pragma('journal_mode = wal')
    database.pragma('synchronous = normal')
    database.exec('create table if not exists kept(n integer primary key, filler text)')
    return database
  }

  async keep(n: number): Promise<void> {
    this.#database.prepare('insert into kept values (?, ?)').run(n, FILLER)
    this.#fd ??= await openFile(`${this.#path}-wal`, 'r+')
    await sync(this.#fd)
  }

  async reopen(): Promise<void> {
    if (this.#fd !== undefined) await promisify(close)(this.#fd)
    this.#fd = undefined
    this.#database.close()
    this.#database = this.#open()
  }

  /** Throws what SQLite does. */
  truncate(): void {
    this.#database.pragma('wal_checkpoint(truncate)')
  }
}

function goesOn(path: string): Send {
  const plain = new Plain(path)
  return (n) => plain.keep(n)
}

/** What looks like a recovery: the close hides that its checkpoint failed, and the WAL stays. */
function reopens(path: string): Send {
  const plain = new Plain(path)
  return async (n) => {
    try {
      await plain.keep(n)
    } catch (error) {
      await plain.reopen()
      throw error
    }
  }
}

/**
 * Opens again and brings the WAL into the file until SQLite says that this is done. It says so at the second try, also where the disk
 * still fails: of the blocks that could not be written at the first try the system does not tell again.
 */
function truncates(path: string): Send {
  const plain = new Plain(path)
  let isRecovering = false
  const recovered = async (): Promise<void> => {
    while (isRecovering) {
      try {
        await plain.reopen()
        plain.truncate()
        isRecovering = false
      } catch {
        await new Promise<void>((resolve) => systemClock.after(RECOVER_MS, resolve))
      }
    }
  }
  return async (n) => {
    if (isRecovering) throw new Error('it is being opened again')
    try {
      await plain.keep(n)
    } catch (error) {
      isRecovering = true
      void recovered()
      throw error
    }
  }
}

export const subjects = { willcall, goesOn, reopens, truncates } satisfies Record<string, (path: string) => Send>

export type SubjectName = keyof typeof subjects
