import { systemClock } from '../../../core/clock.ts'
import type { Database } from './database.ts'
import { isBusy } from './disk-error.ts'

/** Between two tries, in milliseconds. */
const REST_MS = 3

/**
 * Brings the whole WAL into the file and empties it: nothing that a failed write has left half in it is built upon. False where
 * others read or wrote for so long; no lock is held between two tries. Blocks. Needs a connection with a `busy_timeout` of 0.
 */
export function emptyWal(database: Database, withinMs: number): boolean {
  const until = systemClock.elapsed() + withinMs
  const rest = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  for (;;) {
    if (isFree(database) && isEmptied(database)) return true
    if (systemClock.elapsed() >= until) return false
    Atomics.wait(rest, 0, 0, REST_MS)
  }
}

/** Where another has the lock of writers, TRUNCATE would be a PASSIVE checkpoint, with syncs of its own each time. */
function isFree(database: Database): boolean {
  return tried(() => {
    database.exec('begin immediate')
    database.exec('rollback')
    return true
  })
}

function isEmptied(database: Database): boolean {
  return tried(() => {
    const [busy] = database.prepare('pragma wal_checkpoint(truncate)').raw().get() as readonly number[]
    return busy === 0
  })
}

function tried(act: () => boolean): boolean {
  try {
    return act()
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}
