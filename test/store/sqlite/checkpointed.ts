import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Worker } from 'node:worker_threads'
import { systemClock } from '../../../src/core/clock.ts'
import {
  Checkpointer,
  type CheckpointerOptions,
  startCheckpointThread,
} from '../../../src/store/sqlite/file/checkpoint/checkpointer.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

export interface Checkpointed extends AsyncDisposable {
  readonly database: Database
  readonly checkpointer: Checkpointer
  /** All that were started, the dead too. */
  readonly threads: readonly Worker[]
  readonly walBytes: number
  /** After how many pages a commit of this connection does a checkpoint; 0 for never. */
  ownPages(): unknown
  /** One commit. */
  write(rows: number, rowBytes?: number): Promise<void>
  /** Commits until the fact is there. */
  writeUntil(fact: () => boolean): Promise<void>
  /** A connection with a transaction that has begun to read. */
  reader(): Database
}

/** False where the thread, or another process, has the lock. */
function begun(database: Database): boolean {
  try {
    database.exec('begin immediate')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('SQLITE_BUSY')) return false
    throw error
  }
}

/** A database of willcall with a checkpointer, closed in the order of the store's. */
export function checkpointed(file: string, options: Partial<CheckpointerOptions> = {}): Checkpointed {
  const database = openDatabase(file)
  const threads: Worker[] = []
  const checkpointer = new Checkpointer(database, {
    failed: (error) => {
      throw error
    },
    ...options,
    startThread: (data) => {
      const thread = (options.startThread ?? startCheckpointThread)(data)
      threads.push(thread)
      return thread
    },
  })
  const insert = database.prepare('insert into willcall_fact values (lower(hex(randomblob(16))), hex(zeroblob(? / 2)))')
  const write = async (rows: number, rowBytes = 1_000): Promise<void> => {
    while (!begun(database)) await new Promise<void>((resolve) => systemClock.after(2, resolve))
    for (let row = 0; row < rows; row += 1) insert.run(rowBytes)
    database.exec('commit')
    checkpointer.committed()
    await systemClock.yield()
  }
  return {
    database,
    checkpointer,
    threads,
    write,
    get walBytes() {
      return statSync(`${file}-wal`).size
    },
    ownPages() {
      return database.pragma('wal_autocheckpoint', { simple: true })
    },
    async writeUntil(fact) {
      while (!fact()) await write(1)
    },
    reader() {
      const reader = new Connection(file, { timeout: 0 })
      reader.exec('begin')
      reader.prepare('select count(*) from willcall_fact').get()
      return reader
    },
    async [Symbol.asyncDispose]() {
      await checkpointer.close()
      database.close()
    },
  }
}
