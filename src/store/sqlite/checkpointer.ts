import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '../../core/clock.ts'
import { wholeNumber } from '../../core/option.ts'
import { CheckpointSignals, WAL_BYTES } from './checkpoint-signals.ts'
import type { CheckpointThreadData } from './checkpoint-thread.ts'
import type { Database } from './database.ts'

/** A page of 4,096 bytes and its header. */
const FRAME_BYTES = 4_120
/** The thread is started when the WAL has so many pages. */
const START_BYTES = 1_000 * FRAME_BYTES
/** With no thread, commits do the checkpoints themselves from so many pages on. */
const PAGES_WITHOUT_THREAD = 1_000
/** How long what was found about the WAL's size holds, in milliseconds. */
const LOOK_MS = 50
/** From the start of a thread that dies to that of the next, in milliseconds; doubled each time, until one lives for the longest. */
const MIN_RESTART_MS = 1_000
const MAX_RESTART_MS = 60_000
const CAP_BYTES = 268_435_456
/** In MB. With the defaults the thread would cost 22 MB, with these 7. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 }

export interface CheckpointerOptions {
  /** Called once when the disk has failed under a checkpoint, with SQLite's error; nothing checkpoints any more from then on. */
  readonly failed: (error: unknown) => void
  /** Above how many bytes of the WAL nothing more should be taken. Default 256 MB; more than 16 MB, which it keeps. */
  readonly capBytes?: number
  readonly clock?: Clock
  /** Tests look at the threads that are started, and end them. */
  readonly startThread?: (data: CheckpointThreadData) => Worker
}

interface Thread {
  readonly worker: Worker
  readonly signals: CheckpointSignals
  readonly ended: Promise<void>
}

/**
 * Keeps the WAL of a database bounded, off the event loop.
 * 1. While its thread lives, or before one was needed, no commit of this connection does a checkpoint. 2. Once a thread has died
 * they do, until the next is ready. 3. After a disk has failed there is no thread. 4. None outlives `close`, or keeps the process
 * alive.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #database: Database
  readonly #wal: string
  readonly #failed: (error: unknown) => void
  readonly #capBytes: number
  readonly #clock: Clock
  readonly #startThread: (data: CheckpointThreadData) => Worker
  #thread: Thread | undefined
  /** How many pages make this connection checkpoint by itself; 0 for never. */
  #ownPages = 0
  #hasDied = false
  #restartMs = MIN_RESTART_MS
  #startAt = 0
  #walBytes = 0
  #isOverCap = false
  #lookAt = 0
  #isEnded = false
  #closed: Promise<void> | undefined

  constructor(database: Database, options: CheckpointerOptions) {
    const { failed, capBytes = CAP_BYTES, clock = systemClock, startThread = startCheckpointThread } = options
    this.#capBytes = wholeNumber('capBytes', capBytes, WAL_BYTES + FRAME_BYTES)
    this.#database = database
    // SQLite follows a link before it names the WAL.
    this.#wal = `${realpathSync(database.name)}-wal`
    this.#failed = failed
    this.#clock = clock
    this.#startThread = startThread
    this.#startAt = clock.elapsed()
    this.#lookAt = this.#startAt
    database.pragma('wal_autocheckpoint = 0')
  }

  /** To be called after each commit; costs less than a microsecond. */
  committed(): void {
    this.#thread?.signals.committed()
    const now = this.#clock.elapsed()
    if (now < this.#lookAt || this.#isEnded) return
    this.#look(now)
    if (this.#thread === undefined && this.#walBytes >= START_BYTES && now >= this.#startAt) this.#start(now)
    this.#divide()
  }

  /** Whether the WAL has grown so large that nothing more should be taken: a reader that never ends is in the way. */
  get isOverCap(): boolean {
    const now = this.#clock.elapsed()
    if (this.#isOverCap && now >= this.#lookAt) this.#look(now)
    return this.#isOverCap
  }

  #look(now: number): void {
    this.#lookAt = now + LOOK_MS
    this.#walBytes = statSync(this.#wal, { throwIfNoEntry: false })?.size ?? 0
    this.#isOverCap = this.#walBytes > this.#capBytes && this.#livingBytes() > this.#capBytes
  }

  /** Where a connection without our limit starts the WAL again, its file stays as large as it was. */
  #livingBytes(): number {
    try {
      const [, pages] = this.#database.prepare('pragma wal_checkpoint(noop)').raw().get() as number[]
      return (pages ?? 0) * FRAME_BYTES
    } catch {
      return this.#walBytes
    }
  }

  #start(now: number): void {
    const signals = new CheckpointSignals()
    this.#startAt = now + this.#restartMs
    let error: unknown
    try {
      const worker = this.#startThread({ file: this.#database.name, signals: signals.buffer })
      worker.unref()
      worker.once('error', (thrown) => (error = thrown))
      const ended = new Promise<void>((resolve) => {
        worker.once('exit', () => {
          this.#ended(now, error)
          resolve()
        })
      })
      this.#thread = { worker, signals, ended }
    } catch {
      this.#ended(now, undefined)
    }
  }

  #ended(startedAt: number, error: unknown): void {
    this.#thread = undefined
    if (this.#closed !== undefined) return
    this.#hasDied = true
    const livedMs = this.#clock.elapsed() - startedAt
    this.#restartMs = livedMs >= MAX_RESTART_MS ? MIN_RESTART_MS : Math.min(this.#restartMs * 2, MAX_RESTART_MS)
    if (!isOfDisk(error)) return
    this.#isEnded = true
    this.#failed(error)
  }

  /** Says who does the checkpoints. */
  #divide(): void {
    const pages = this.#hasDied && this.#thread?.signals.isReady !== true ? PAGES_WITHOUT_THREAD : 0
    if (pages === this.#ownPages) return
    try {
      this.#database.pragma(`wal_autocheckpoint = ${pages}`)
      this.#ownPages = pages
    } catch {
      // The caller walks over rows now: it is said after another commit.
    }
  }

  /** Resolves once the thread and its connection are gone. A checkpoint that is under way ends first. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#isEnded = true
    const thread = this.#thread
    if (thread === undefined) return
    thread.worker.ref()
    thread.signals.close()
    await thread.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** With nothing of what the program itself is started with: a hook for modules alone would not fit into the limits. */
export function startCheckpointThread(workerData: CheckpointThreadData): Worker {
  const { NODE_OPTIONS: _, ...env } = process.env
  const thread = new URL(`./checkpoint-thread${path.extname(import.meta.filename)}`, import.meta.url)
  return new Worker(thread, {
    name: 'willcall checkpoints',
    workerData,
    env,
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  })
}

const isOfDisk = (error: unknown): boolean =>
  /^SQLITE_(?:IOERR|CORRUPT)/.test(String((error as NodeJS.ErrnoException | undefined)?.code))
