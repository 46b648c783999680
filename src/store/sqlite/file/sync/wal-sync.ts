import { close, closeSync, fdatasync, fstatSync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '../../../../core/clock.ts'
import { SyncRounds } from './sync-rounds.ts'
import { SyncStandIn, startSyncThread } from './sync-stand-in.ts'
import type { SyncThreadData } from './sync-thread.ts'

/** How long the pool may take for a sync before the store's own thread is asked too, in milliseconds. */
const SLOW_MS = 10
/** How often a pool that was slow is asked again, in milliseconds: with the processor busy it is quicker than one thread. */
const RETRY_MS = 100

/** What is asked of the system; tests put a disk that fails in its place. */
export type Sync = (fd: number) => Promise<void>

export interface WalSyncOptions {
  readonly clock?: Clock
  /** Starts the thread that syncs where the pool is slow. Default: the store's own; none where another `sync` is given. */
  readonly startThread?: (data: SyncThreadData) => Worker
}

/** The WAL was deleted under us: what is committed to it now is in no file. */
export class WalLostError extends Error {
  override readonly name = 'WalLostError'

  constructor(path: string) {
    super(`${path} was deleted while it was in use`)
  }
}

/**
 * Brings what was committed to the WAL onto the disk, off the event loop: in libuv's pool, or in a thread of its own while scrypt, zlib
 * or other files are in the way there.
 * 1. A sync covers what was committed before it began, and nothing else. 2. At most one is under way in the pool, and one in the
 * thread; all who come meanwhile share the next. 3. After one has failed none succeeds any more: Linux tells of a lost page once.
 * 4. It tells so each opening of the file, and pool and thread have one each. So whichever of them answers first, its good answer
 * means that nothing was lost; an error that the other brings later makes the next sync fail.
 */
export class WalSync {
  readonly #path: string
  readonly #sync: Sync
  readonly #clock: Clock
  readonly #startThread: ((data: SyncThreadData) => Worker) | undefined
  readonly #rounds = new SyncRounds(() => this.#synced())
  readonly #inPool = new SyncRounds(() => this.#syncInPool())
  #fd: number | undefined
  #standIn: SyncStandIn | undefined
  #isPoolSlow = false
  #retryAt = 0
  #failure: unknown
  #closed: Promise<void> | undefined

  constructor(path: string, sync?: Sync, options: WalSyncOptions = {}) {
    const { clock = systemClock, startThread = sync === undefined ? startSyncThread : undefined } = options
    this.#path = path
    this.#sync = sync ?? promisify(fdatasync)
    this.#clock = clock
    this.#startThread = startThread
  }

  /** From now on it is told of every page of the WAL that is lost. Otherwise only from the first sync on. */
  open(): void {
    this.#open()
  }

  /** Resolves once all that is committed now is on disk. */
  done(): Promise<void> {
    return this.#rounds.next()
  }

  async #synced(): Promise<void> {
    if (this.#closed !== undefined) throw new Error('the file is closed')
    if (this.#failure !== undefined) throw this.#failure
    try {
      const fd = this.#open()
      await this.#answered()
      if (this.#failure !== undefined) throw this.#failure
      if (fstatSync(fd).nlink === 0) throw new WalLostError(this.#path)
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd
    // 'r+': Windows syncs only what may be written.
    this.#fd = openSync(this.#path, 'r+')
    const startThread = this.#startThread
    if (startThread !== undefined) this.#standIn = new SyncStandIn(this.#path, { clock: this.#clock, startThread })
    return this.#fd
  }

  async #answered(): Promise<void> {
    const standIn = this.#standIn
    if (standIn === undefined) await this.#inPool.next()
    else if (!this.#isPoolSlow) await this.#poolFirst(standIn)
    else if (this.#inPool.isRunning || this.#clock.elapsed() < this.#retryAt) await this.#threadAlone(standIn)
    else await this.#firstOf(this.#inPool.next(), this.#inThread(standIn))
  }

  async #poolFirst(standIn: SyncStandIn): Promise<void> {
    let isAnswered = false
    const slow = Promise.withResolvers<void>()
    const timer = this.#clock.after(SLOW_MS, slow.resolve)
    const otherwise = async (): Promise<boolean> => {
      await slow.promise
      // Where the loop itself was held up, the answer is there already.
      await this.#clock.yield()
      return !isAnswered && this.#inThread(standIn)
    }
    try {
      await this.#firstOf(this.#inPool.next(), otherwise())
    } finally {
      isAnswered = true
      timer.cancel()
    }
  }

  /** Whichever answers first has the next syncs. */
  async #firstOf(inPool: Promise<void>, inThread: Promise<boolean>): Promise<void> {
    const ofPool = inPool.then(() => false)
    this.#isPoolSlow = await Promise.race([ofPool, inThread.then((isSynced) => isSynced || ofPool)])
    if (this.#isPoolSlow) this.#retryAt = this.#clock.elapsed() + RETRY_MS
  }

  async #threadAlone(standIn: SyncStandIn): Promise<void> {
    if (await this.#inThread(standIn)) return
    this.#isPoolSlow = false
    await this.#inPool.next()
  }

  /** False where there is no thread to answer. */
  #inThread(standIn: SyncStandIn): Promise<boolean> {
    return this.#told(standIn.sync())
  }

  #syncInPool(): Promise<void> {
    return this.#told(this.#sync(this.#open()))
  }

  /** An answer may come when nobody waits for it any more. */
  async #told<Value>(answer: Promise<Value>): Promise<Value> {
    try {
      return await answer
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  /** Waits for the syncs that somebody waits for, and for the thread. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#rounds.ended()
    await this.#standIn?.close()
    const fd = this.#fd
    if (fd === undefined) return
    // The pool may be at it for as long as it likes; then nobody is left to be told of an error.
    if (this.#inPool.isRunning) void this.#inPool.ended().then(() => close(fd, () => {}))
    else closeSync(fd)
  }
}
