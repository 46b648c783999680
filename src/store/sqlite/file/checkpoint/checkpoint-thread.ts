import { createRequire } from 'node:module'
import { workerData } from 'node:worker_threads'
import { CheckpointSignals, WAL_BYTES } from './checkpoint-signals.ts'
import type { DatabaseConstructor, Statement } from '../database.ts'
import { passes } from '../disk-error.ts'
import { GrowthProbe } from '../disk-probe.ts'

/** What the thread is started with. */
export interface CheckpointThreadData {
  readonly file: string
  readonly signals: SharedArrayBuffer
}

/** How many pages in the WAL that are not in the file yet make a checkpoint worth its syncs. */
const PAGES_BEHIND = 1_000
/** From how many pages on the WAL is started again. */
const RESTART_PAGES = 4_000
/** Between two looks at the WAL, in milliseconds. */
const REST_MS = 50
/** How often what was written during a checkpoint is brought after it, before writers are made to wait. */
const MAX_PASSES = 10
/** How often, between two rests, a restart is tried that somebody who reads or writes prevents. */
const MAX_RESTARTS = 3
/** How often the lock of writers is tried, 1 ms after each other. */
const MAX_TRIES = 50

type Mode = 'noop' | 'passive' | 'restart'

/** How many pages the WAL has, and how many of them are in the file. */
interface Progress {
  readonly isBusy: boolean
  readonly pages: number
  readonly inFile: number
}

const { file, signals: buffer } = workerData as CheckpointThreadData
const signals = new CheckpointSignals(buffer)
const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const database = new Connection(file, { timeout: 0, fileMustExist: true })
const probe = new GrowthProbe(database)
try {
  configure()
  const checkpoint: Readonly<Record<Mode, Statement>> = {
    noop: prepared('noop'),
    passive: prepared('passive'),
    restart: prepared('restart'),
  }
  signals.ready()
  run((mode) => progressOf(checkpoint[mode].get() as number[]))
} finally {
  database.close()
}

function configure(): void {
  database.pragma('synchronous = normal')
  database.pragma('wal_autocheckpoint = 0')
  database.pragma('checkpoint_fullfsync = on')
  database.pragma(`journal_size_limit = ${WAL_BYTES}`)
}

function prepared(mode: Mode): Statement {
  return database.prepare(`pragma wal_checkpoint(${mode})`).raw()
}

function progressOf([busy = 0, pages = 0, inFile = 0]: readonly number[]): Progress {
  return { isBusy: busy !== 0, pages, inFile }
}

function behind({ pages, inFile }: Progress): number {
  return pages - inFile
}

/** Looks after the WAL until it is told to close; sleeps while nothing is to be done and nobody commits. */
function run(checkpoint: (mode: Mode) => Progress): void {
  while (!signals.isClosing) {
    const { commits } = signals
    const isBounded = tend(checkpoint)
    signals.rest(REST_MS)
    if (isBounded) signals.awaitCommit(commits)
  }
}

/** False where there is still something to do, which others may be in the way of. */
function tend(checkpoint: (mode: Mode) => Progress): boolean {
  try {
    const found = checkpoint('noop')
    if (found.pages < RESTART_PAGES && behind(found) < PAGES_BEHIND) return true
    const left = caughtUp(found, () => checkpoint('passive'))
    if (left === undefined) return false
    if (left.pages >= RESTART_PAGES) finish(() => checkpoint('restart'))
    else if (behind(left) === 0) startAgain()
    return false
  } catch (error) {
    if (passes(error)) return false
    throw error
  }
}

/**
 * Checkpoints, which writers do not notice, until only the writes of a moment are left. Undefined where a reader is in the way, for
 * whom one would have to wait with the lock that writers need, or another's checkpoint.
 */
function caughtUp(found: Progress, passive: () => Progress): Progress | undefined {
  let last = found
  for (let pass = 0; pass < MAX_PASSES && !signals.isClosing; pass += 1) {
    probe.run()
    const next = passive()
    if (next.isBusy) return undefined
    if (behind(next) < PAGES_BEHIND) return next
    if (next.inFile <= last.inFile) return undefined
    last = next
  }
  return last
}

/** Brings the last writes into the file with the lock that writers need. */
function finish(restart: () => Progress): void {
  for (let restarts = 0; restarts < MAX_RESTARTS; restarts += 1) {
    probe.run()
    if (!foundFree()) return
    if (!restart().isBusy) {
      startAgain()
      return
    }
  }
}

/** Where many write, their lock is free for instants only; a restart that finds it taken would sync for nothing. */
function foundFree(): boolean {
  for (let tries = 0; tries < MAX_TRIES && !signals.isClosing; tries += 1) {
    if (isFree()) return true
    signals.rest(1)
  }
  return false
}

function isFree(): boolean {
  try {
    database.exec('begin immediate')
    database.exec('rollback')
    return true
  } catch (error) {
    if (passes(error)) return false
    throw error
  }
}

/** The first write after a restart syncs the WAL's header and cuts the file: here, instead of in the store's event loop. */
function startAgain(): void {
  database.exec('update willcall_file set writes = writes + 1')
}
