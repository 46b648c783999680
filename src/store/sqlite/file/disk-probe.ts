import { randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, realpathSync, rmSync, statSync, writeSync } from 'node:fs'
import { systemClock } from '../../../core/clock.ts'
import type { Database } from './database.ts'

/** For what is committed between a probe and the checkpoint. */
const MARGIN_BYTES = 65_536
const CHUNK_BYTES = 65_536
/**
 * How long it holds that there is room for half of what is to be added, in milliseconds; whether the disk fails is asked each time.
 * Where a reader is in the way, checkpoints begin again and again and add nothing.
 */
const PROVEN_MS = 10_000
/** How often the scratch file is made anew where another process probes at the same moment. */
const MAX_TRIES = 100

/*
 * A checkpoint must not begin while the disk fails. The blocks that it adds to the database file may not come onto the disk; the
 * system tells of that once, and the next sync answers well, even where the same was written again. Emptying the WAL then loses all.
 * So what fails first is a scratch file beside it, `<file>-probe`, and the database file is not touched.
 */

/** Probes the disk before the checkpoints of one connection. */
export class GrowthProbe {
  readonly #database: Database
  /** Up to this size of the file the disk was found to have room, at that time. */
  #provenBytes = 0
  #provenAt = Number.NEGATIVE_INFINITY

  constructor(database: Database) {
    this.#database = database
  }

  /** Throws the system's error where the disk does not take what a checkpoint may add to the file now. Blocks. */
  run(): void {
    const pages = Number(this.#database.pragma('page_count', { simple: true }))
    const pageBytes = Number(this.#database.pragma('page_size', { simple: true }))
    const file = realpathSync(this.#database.name)
    const { size } = statSync(file)
    const bytes = pages * pageBytes - size
    if (bytes <= 0) return
    const now = systemClock.elapsed()
    const isProven = now - this.#provenAt < PROVEN_MS && this.#provenBytes - size >= bytes / 2
    probe(file, isProven ? 0 : bytes)
    if (isProven) return
    this.#provenBytes = size + bytes
    this.#provenAt = now
  }
}

/** As `GrowthProbe`, for a file that is not opened: the whole WAL may be new to it. */
export function probeWal(path: string): void {
  const file = realpathSync(path)
  const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > 0) probe(file, bytes)
}

function probe(file: string, bytes: number): void {
  const scratch = `${file}-probe`
  const fd = created(scratch)
  try {
    write(fd, bytes + MARGIN_BYTES)
    fdatasyncSync(fd)
  } finally {
    try {
      closeSync(fd)
    } finally {
      rmSync(scratch, { force: true })
    }
  }
}

function created(scratch: string): number {
  for (let tries = 1; ; tries += 1) {
    rmSync(scratch, { force: true })
    try {
      return openSync(scratch, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === MAX_TRIES) throw error
    }
  }
}

/** What no file system can leave out or make smaller. */
function write(fd: number, bytes: number): void {
  const chunk = randomBytes(CHUNK_BYTES)
  for (let left = bytes; left > 0; ) left -= writeSync(fd, chunk, 0, Math.min(left, CHUNK_BYTES))
}
