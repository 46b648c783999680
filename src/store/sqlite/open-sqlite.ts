import type { Clock } from '../../core/clock.ts'
import { wholeNumber } from '../../core/option.ts'
import { SqliteStore } from './sqlite-store.ts'

export interface SqliteOptions {
  /**
   * `disk`: what is kept outlives a power cut. `process`: it outlives the process, but a crash of the system may undo what was
   * kept last. Default `disk`.
   */
  readonly durability?: 'disk' | 'process'
  /** How many jobs may wait or run at once. Default 1,000,000. */
  readonly maxPending?: number
  /** How long done jobs are kept for `find` and `list`. Default 3,600,000 (1 h). */
  readonly doneForMs?: number
  /** How many done jobs are kept at most, the last ones. Default 10,000. */
  readonly maxDone?: number
  /** How many bytes the done jobs that are kept take at most. Default 67,108,864 (64 MiB). */
  readonly maxDoneBytes?: number
  /** A job whose process died so often while it was in work is dead. Default 3. */
  readonly maxDeaths?: number
  readonly clock?: Clock
}

/**
 * A store in the database file at this path, which is made where there is none. Processes on one machine can share it.
 * Throws `database_refused`, `database_busy`, `disk_full`, `disk_failed` or `unsupported`, and leaves a file that it refuses as it is.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqliteStore {
  const {
    durability = 'disk',
    maxPending = 1_000_000,
    doneForMs = 3_600_000,
    maxDone = 10_000,
    maxDoneBytes = 67_108_864,
    maxDeaths = 3,
  } = options
  return new SqliteStore(path, {
    durability,
    maxPending: wholeNumber('maxPending', maxPending, 1),
    doneForMs: wholeNumber('doneForMs', doneForMs, 0),
    maxDone: wholeNumber('maxDone', maxDone, 0),
    maxDoneBytes: wholeNumber('maxDoneBytes', maxDoneBytes, 0),
    maxDeaths: wholeNumber('maxDeaths', maxDeaths, 1),
    clock: options.clock,
  })
}
