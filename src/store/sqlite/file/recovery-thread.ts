import { parentPort, workerData } from 'node:worker_threads'
import { closeUntouched } from './close-untouched.ts'
import type { Database } from './database.ts'
import { probeWal } from './disk-probe.ts'
import { emptyWal } from './empty-wal.ts'
import { reopenDatabase } from './open-database.ts'

/** What the thread is started with. */
export interface RecoveryThreadData {
  readonly file: string
}

/**
 * `open`: opens the file, whose WAL SQLite reads again with its checksums, once the disk takes as much as is in it. `check`: finds
 * the file whole. `empty`: brings the WAL into the file and empties it. `close`: the thread ends.
 */
export type Order = 'open' | 'check' | 'empty' | 'close'

/** `why`: what could not be done. */
export interface Answer {
  readonly why?: string
}

/** How long others who read or write may be in the way of one try, in milliseconds. */
const WITHIN_MS = 500

const { file } = workerData as RecoveryThreadData
let database: Database | undefined

function opened(): Database {
  if (database !== undefined) return database
  probeWal(file)
  database = reopenDatabase(file)
  return database
}

function check(): void {
  const found = opened().pragma('quick_check(1)', { simple: true })
  if (found !== 'ok') throw new Error(`${file} is damaged: ${String(found)}`)
}

function empty(): void {
  if (!emptyWal(opened(), WITHIN_MS)) throw new Error('others read or write')
}

function close(): void {
  if (database !== undefined) closeUntouched(database)
  parentPort?.close()
}

const acts: Readonly<Record<Order, () => unknown>> = { open: opened, check, empty, close }

function answerTo(order: Order): Answer {
  try {
    acts[order]()
    return {}
  } catch (error) {
    return { why: String(error) }
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
parentPort?.on('message', (order: Order) => parentPort?.postMessage(answerTo(order)))
