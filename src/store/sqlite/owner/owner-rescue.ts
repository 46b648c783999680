import type { Clock } from '../../../core/clock.ts'
import { LockFile } from './lock-file.ts'
import type { LockFiles } from './lock-files.ts'

/** Between two looks at the other owners, in milliseconds. */
const LOOK_MS = 250
/** An owner is dead who is found so again after so many milliseconds. Its lock may be lost for a moment; see `LockFile.renew`. */
const SURE_MS = {
  dead: 150,
  /** A living owner whose file was deleted makes it anew; see `Owner`. */
  missing: 2_000,
} as const

/** An owner as it is kept in the database. */
export interface OwnerRow {
  readonly id: number
  readonly lockFile: string
}

/** What a rescue needs of the database. */
export interface RescueLedger {
  /** Every owner, this one among them. */
  all(): readonly OwnerRow[]
  /**
   * In one transaction: its jobs become free, a death is counted for each that it had begun, and its row goes. Resolves with how
   * many became free, once that is committed; with 0 where the row was gone already.
   */
  free(id: number): Promise<number>
}

export interface RescueOptions {
  readonly files: LockFiles
  readonly ledger: RescueLedger
  readonly clock: Clock
  /** Called with how many jobs became free, where there were any. */
  readonly onFreed: (jobs: number) => void
  /** Called with why an owner could not be freed; it is tried again. */
  readonly onFailed: (error: unknown) => void
}

/** Since when an owner has been found like this, in milliseconds of `clock.elapsed()`. */
interface Suspicion {
  readonly what: keyof typeof SURE_MS
  readonly since: number
}

/**
 * Frees the jobs of owners who died.
 * 1. Only who is found dead twice, and not alive in between. 2. Their lock is held until their row is gone, so that of all who find
 * them one frees. 3. Their file goes last: where it is missing and the row is there, somebody else has deleted it. 4. No turn of the
 * event loop is longer than the look at one owner.
 */
export class Rescue {
  readonly #files: LockFiles
  readonly #ledger: RescueLedger
  readonly #clock: Clock
  readonly #onFreed: (jobs: number) => void
  readonly #onFailed: (error: unknown) => void
  #suspicions: ReadonlyMap<number, Suspicion> = new Map()

  constructor({ files, ledger, clock, onFreed, onFailed }: RescueOptions) {
    this.#files = files
    this.#ledger = ledger
    this.#clock = clock
    this.#onFreed = onFreed
    this.#onFailed = onFailed
  }

  /** Deletes the files that belong to no owner. */
  sweep(): void {
    this.#files.sweep(new Set(this.#ledger.all().map(({ lockFile }) => lockFile)))
  }

  /** Looks at each owner once; resolves with the milliseconds until the next look. */
  async look(signal: AbortSignal): Promise<number> {
    const suspicions = new Map<number, Suspicion>()
    for (const owner of this.#ledger.all()) {
      if (this.#files.isOurs(owner.lockFile)) continue
      const suspicion = await this.#lookAt(owner)
      if (suspicion !== undefined) suspicions.set(owner.id, suspicion)
      await this.#clock.yield()
      if (signal.aborted) break
    }
    this.#suspicions = suspicions
    const waits = [...suspicions.values()].map((suspicion) => this.#msUntilSure(suspicion))
    return Math.max(1, Math.min(LOOK_MS, ...waits))
  }

  /** What is suspected of it from now on. */
  async #lookAt({ id, lockFile }: OwnerRow): Promise<Suspicion | undefined> {
    const found = this.#files.take(lockFile)
    if (found === 'alive') return undefined
    const suspicion = this.#suspicionOf(id, found === 'missing' ? 'missing' : 'dead')
    const lock = found === 'missing' ? undefined : found
    if (this.#msUntilSure(suspicion) > 0) {
      lock?.letGo()
      return suspicion
    }
    await this.#free(id, lock)
    return undefined
  }

  #suspicionOf(id: number, what: Suspicion['what']): Suspicion {
    const earlier = this.#suspicions.get(id)
    return earlier?.what === what ? earlier : { what, since: this.#clock.elapsed() }
  }

  #msUntilSure({ what, since }: Suspicion): number {
    return Math.ceil(since + SURE_MS[what] - this.#clock.elapsed())
  }

  async #free(id: number, lock: LockFile | undefined): Promise<void> {
    try {
      const jobs = await this.#ledger.free(id)
      lock?.release()
      if (jobs > 0) this.#onFreed(jobs)
    } catch (error) {
      lock?.letGo()
      this.#onFailed(error)
    }
  }
}
