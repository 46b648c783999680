import { closeSync, openSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../../../core/clock.ts'
import { newThread } from '../new-thread.ts'
import { SyncRounds } from './sync-rounds.ts'
import { SyncSignals } from './sync-signals.ts'
import type { SyncThreadData } from './sync-thread.ts'

/** From the start of a thread that dies to that of the next, in milliseconds. */
const RESTART_MS = 1_000

export interface SyncStandInOptions {
  readonly clock: Clock
  readonly startThread: (data: SyncThreadData) => Worker
}

interface Thread {
  readonly worker: Worker
  readonly signals: SyncSignals
  readonly ended: Promise<void>
}

/**
 * Syncs a file in a thread of its own, where the pool has other things to do.
 * 1. The thread is started for the first sync, and kept; one that has died is replaced. 2. After one has died during a sync there is
 * none: the system may have told it, and nobody else, of a lost page. 3. It keeps the process alive during a sync only, and does not
 * outlive `close`.
 */
export class SyncStandIn {
  readonly #fd: number
  readonly #clock: Clock
  readonly #startThread: (data: SyncThreadData) => Worker
  readonly #rounds = new SyncRounds(() => this.#sync())
  #thread: Thread | undefined
  #startAt = Number.NEGATIVE_INFINITY
  #isEnded = false
  #closed: Promise<void> | undefined

  /** Opens the file: of what is lost from now on the thread is told, whoever else is told of it before. */
  constructor(file: string, options: SyncStandInOptions) {
    this.#clock = options.clock
    this.#startThread = options.startThread
    this.#fd = openSync(file, 'r+')
  }

  /** True once what is in the file now is on disk; false where there is no thread to say so. Rejects with the system's error. */
  sync(): Promise<boolean> {
    return this.#rounds.next()
  }

  async #sync(): Promise<boolean> {
    const thread = this.#isEnded ? undefined : (this.#thread ?? this.#start())
    if (thread === undefined) return false
    thread.worker.ref()
    const errno = await thread.signals.ask()
    thread.worker.unref()
    if (errno === undefined) return false
    if (errno !== 0) throw systemError(errno)
    return true
  }

  #start(): Thread | undefined {
    const now = this.#clock.elapsed()
    if (now < this.#startAt) return undefined
    this.#startAt = now + RESTART_MS
    const signals = new SyncSignals()
    try {
      const worker = this.#startThread({ fd: this.#fd, signals: signals.buffer })
      worker.unref()
      worker.once('error', () => {})
      const ended = new Promise<void>((resolve) => {
        worker.once('exit', () => {
          this.#ended(signals)
          resolve()
        })
      })
      this.#thread = { worker, signals, ended }
    } catch {
      this.#thread = undefined
    }
    return this.#thread
  }

  #ended(signals: SyncSignals): void {
    this.#thread = undefined
    if (signals.isSyncing) this.#isEnded = true
    signals.ended()
  }

  /** Resolves once the thread is gone and the file closed. A sync that has begun ends first. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#isEnded = true
    const thread = this.#thread
    thread?.signals.close()
    await this.#rounds.ended()
    if (thread !== undefined) {
      thread.worker.ref()
      await thread.ended
    }
    closeSync(this.#fd)
  }
}

export const startSyncThread = (data: SyncThreadData): Worker => newThread('sync/sync-thread', 'willcall syncs', data)

function systemError(errno: number): Error {
  const [code = 'EIO', reason = 'unknown error'] = getSystemErrorMap().get(errno) ?? []
  return Object.assign(new Error(`${code}: ${reason}, fdatasync`), { errno, code, syscall: 'fdatasync' })
}
