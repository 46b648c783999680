import { realpathSync, statSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { type Clock, systemClock, type Timer } from '../../../../core/clock.ts'
import { wholeNumber } from '../../../../core/option.ts'
import { CheckpointSignals, WAL_BYTES } from './checkpoint-signals.ts'
import type { CheckpointThreadData } from './checkpoint-thread.ts'
import type { Database } from '../database.ts'
import { isOfFailedDisk } from '../disk-error.ts'
import { GrowthProbe } from '../disk-probe.ts'
import { newThread } from '../new-thread.ts'
import { WalLostError } from '../sync/wal-sync.ts'

/** A page of 4,096 bytes and its header. */
const FRAME_BYTES = 4_120
/** The thread is started when the WAL has so many pages. */
const START_BYTES = 1_000 * FRAME_BYTES
/** With no thread, commits do the checkpoints themselves when so many pages are not in the file yet. */
const PAGES_WITHOUT_THREAD = 1_000
/** How long what was found about the WAL's size holds, in milliseconds. */
const LOOK_MS = 50
/** From the start of a thread that dies to that of the next, in milliseconds; doubled each time, until one lives for the longest. */
const MIN_RESTART_MS = 1_000
const MAX_RESTART_MS = 60_000
const CAP_BYTES = 268_435_456

export interface CheckpointerOptions {
  /**
   * Called once when the disk has failed under a checkpoint, with SQLite's error or the system's, or when the WAL was deleted;
   * nothing checkpoints any more from then on.
   */
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
 * they do, until the next is ready. 3. No checkpoint begins that may add to the file while the disk takes nothing. 4. After a disk
 * has failed there is no thread. 5. None outlives `close`, or keeps the process alive.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #database: Database
  readonly #probe: GrowthProbe
  readonly #wal: string
  readonly #failed: (error: unknown) => void
  readonly #capBytes: number
  readonly #clock: Clock
  readonly #startThread: (data: CheckpointThreadData) => Worker
  #thread: Thread | undefined
  #hasDied = false
  #restartMs = MIN_RESTART_MS
  #startAt = 0
  #walBytes = 0
  #inode: number | undefined
  #isOverCap = false
  #lookAt = 0
  #lookAgain: Timer | undefined
  #isEnded = false
  #closed: Promise<void> | undefined

  constructor(database: Database, options: CheckpointerOptions) {
    const { failed, capBytes = CAP_BYTES, clock = systemClock, startThread = startCheckpointThread } = options
    this.#capBytes = wholeNumber('capBytes', capBytes, WAL_BYTES + FRAME_BYTES)
    this.#database = database
    this.#probe = new GrowthProbe(database)
    // SQLite follows a link before it names the WAL.
    this.#wal = `${realpathSync(database.name)}-wal`
    this.#failed = failed
    this.#clock = clock
    this.#startThread = startThread
    this.#startAt = clock.elapsed()
    this.#lookAt = this.#startAt
    database.pragma('wal_autocheckpoint = 0')
    this.#inode = statSync(this.#wal, { throwIfNoEntry: false })?.ino
  }

  /** To be called after each commit; costs less than a microsecond. */
  committed(): void {
    this.#thread?.signals.committed()
    const now = this.#clock.elapsed()
    if (now < this.#lookAt) {
      if (this.#thread === undefined) this.#lookAgain ??= this.#lookLater()
      return
    }
    this.#tend(now)
  }

  /** The last commit for a long time may have been the one that made the WAL large. */
  #lookLater(): Timer {
    const timer = this.#clock.after(LOOK_MS, () => {
      this.#lookAgain = undefined
      this.#tend(this.#clock.elapsed())
    })
    timer.unref?.()
    return timer
  }

  #tend(now: number): void {
    if (this.#isEnded) return
    this.#look(now)
    if (this.#thread === undefined && this.#walBytes >= START_BYTES && now >= this.#startAt) this.#start(now)
    if (this.#hasDied && this.#thread?.signals.isReady !== true) this.#checkpoint()
  }

  /** Whether the WAL has grown so large that nothing more should be taken: a reader that never ends is in the way. */
  get isOverCap(): boolean {
    const now = this.#clock.elapsed()
    if (this.#isOverCap && now >= this.#lookAt) this.#look(now)
    return this.#isOverCap
  }

  #look(now: number): void {
    this.#lookAt = now + LOOK_MS
    const found = statSync(this.#wal, { throwIfNoEntry: false })
    this.#inode ??= found?.ino
    if (this.#inode !== found?.ino) this.#fail(new WalLostError(this.#wal))
    this.#walBytes = found?.size ?? 0
    this.#isOverCap = this.#walBytes > this.#capBytes && this.#livingBytes() > this.#capBytes
  }

  /** Where a connection without our limit starts the WAL again, its file stays as large as it was. */
  #livingBytes(): number {
    try {
      return this.#progress().pages * FRAME_BYTES
    } catch {
      return this.#walBytes
    }
  }

  /** How many pages the WAL has, and how many of them are in the file. */
  #progress(): { readonly pages: number; readonly inFile: number } {
    const [, pages = 0, inFile = 0] = this.#database.prepare('pragma wal_checkpoint(noop)').raw().get() as number[]
    return { pages, inFile }
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
    if (isOfFailedDisk(error)) this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#failed(error)
  }

  /** In the place of the thread. */
  #checkpoint(): void {
    try {
      const { pages, inFile } = this.#progress()
      if (pages - inFile < PAGES_WITHOUT_THREAD) return
      this.#probe.run()
      this.#database.pragma('wal_checkpoint(passive)')
    } catch (error) {
      // Else the caller walks over rows now, or another has a lock: it is done after another commit.
      if (isOfFailedDisk(error)) this.#fail(error)
    }
  }

  /** Resolves once the thread and its connection are gone. A checkpoint that is under way ends first. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#isEnded = true
    this.#lookAgain?.cancel()
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

export const startCheckpointThread = (data: CheckpointThreadData): Worker =>
  newThread('checkpoint/checkpoint-thread', 'willcall checkpoints', data)
