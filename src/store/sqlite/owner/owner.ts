import { Bell } from '../../../channel/bell.ts'
import { type Clock, systemClock } from '../../../core/clock.ts'
import type { Database, DatabaseConstructor } from '../file/database.ts'
import type { LockFile } from './lock-file.ts'
import { LockFiles } from './lock-files.ts'
import { Rescue, type RescueLedger } from './owner-rescue.ts'

/** How often an owner makes sure of its lock and its row, in milliseconds. */
const RENEW_MS = 100

const ignore = (): void => {}

/** The owners of a database, as its rows. */
export interface OwnerLedger extends RescueLedger {
  /** Resolves with the number of a new owner, once it is committed. No owner ever had it before: it is what results are fenced with. */
  add(lockFile: string): Promise<number>
  has(id: number): boolean
  /** Resolves once its row is gone; its jobs were given back before. */
  remove(id: number): Promise<void>
}

export interface OwnerOptions {
  /** The lock file lies beside it, and is opened with the same SQLite. */
  readonly database: Pick<Database, 'name'>
  readonly ledger: OwnerLedger
  readonly clock?: Clock
  /** It has got a number: from now on jobs can be claimed with it. */
  readonly onOwned?: (id: number) => void
  /** Others believe that it died, and have freed the jobs of this number. Ends the attempts at them; a new number follows. */
  readonly onRobbed?: (id: number) => void
  /** Called with how many jobs of owners who died became free, where there were any. */
  readonly onFreed?: (jobs: number) => void
  /** What it could not do, and tries again: its lock file, its row, or the freeing of others. */
  readonly onFailed?: (error: unknown) => void
}

/**
 * One who owns jobs, for as long as its process lives: never by the clock.
 * 1. Its lock is held before its row is there. 2. A number is its own only while its row is there; once that is gone it gets
 * another, and another lock file. 3. It frees whoever else has died (`Rescue`). 4. While it is open its timers keep the process alive.
 */
export class Owner implements AsyncDisposable {
  readonly #files: LockFiles
  readonly #ledger: OwnerLedger
  readonly #clock: Clock
  readonly #onOwned: (id: number) => void
  readonly #onRobbed: (id: number) => void
  readonly #onFailed: (error: unknown) => void
  readonly #renewal = new Bell()
  readonly #look = new Bell()
  readonly #stop = new AbortController()
  readonly #loops: Promise<unknown>
  #lock: { readonly name: string; readonly file: LockFile } | undefined
  #id: number | undefined
  #closed: Promise<void> | undefined

  /** Throws where no lock file can be made. */
  constructor(options: OwnerOptions) {
    const { database, ledger, clock = systemClock } = options
    const { onOwned = ignore, onRobbed = ignore, onFreed = ignore, onFailed = ignore } = options
    this.#files = new LockFiles(database.name, database.constructor as DatabaseConstructor)
    this.#ledger = ledger
    this.#clock = clock
    this.#onOwned = onOwned
    this.#onRobbed = onRobbed
    this.#onFailed = onFailed
    this.#lock = this.#files.hold()
    const rescue = new Rescue({ files: this.#files, ledger, clock, onFreed, onFailed })
    this.#loops = Promise.all([this.#renewing(this.#stop.signal), this.#rescuing(rescue, this.#stop.signal)])
  }

  /** Undefined while it has none: no job can be claimed then. */
  get id(): number | undefined {
    return this.#id
  }

  /** To be told by a transaction that has found this number gone. */
  robbed(id: number): void {
    if (this.#id !== id) return
    this.#id = undefined
    this.#lock?.file.release()
    this.#lock = undefined
    this.#renewal.ring()
    this.#onRobbed(id)
  }

  async #renewing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tried(() => this.#renew())
      await this.#rest(this.#renewal, RENEW_MS)
    }
  }

  async #rescuing(rescue: Rescue, signal: AbortSignal): Promise<void> {
    await this.#tried(() => rescue.sweep())
    while (!signal.aborted) {
      const restMs = await this.#tried(() => rescue.look(signal))
      await this.#rest(this.#look, restMs ?? RENEW_MS)
    }
  }

  async #renew(): Promise<void> {
    if (this.#id !== undefined && !this.#ledger.has(this.#id)) this.robbed(this.#id)
    this.#lock ??= this.#files.hold()
    const isHeld = this.#lock.file.renew()
    if (this.#id === undefined && isHeld) await this.#enter(this.#lock.name)
  }

  async #enter(lockFile: string): Promise<void> {
    const id = await this.#ledger.add(lockFile)
    this.#id = id
    this.#onOwned(id)
  }

  async #tried<Value>(act: () => Value | Promise<Value>): Promise<Value | undefined> {
    try {
      return await act()
    } catch (error) {
      this.#onFailed(error)
      return undefined
    }
  }

  async #rest(bell: Bell, ms: number): Promise<void> {
    const timer = this.#clock.after(ms, () => bell.ring())
    await bell.sleep()
    timer.cancel()
  }

  /** Resolves once its row and its file are gone. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#stop.abort()
    this.#renewal.ring()
    this.#look.ring()
    await this.#loops
    const id = this.#id
    this.#id = undefined
    try {
      if (id !== undefined) await this.#ledger.remove(id)
      this.#lock?.file.release()
    } catch (error) {
      // The next owner finds it dead.
      this.#lock?.file.letGo()
      this.#onFailed(error)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
