import { realpathSync } from 'node:fs'
import type { Clock } from '../../../core/clock.ts'
import { Checkpointer } from './checkpoint/checkpointer.ts'
import { closeUntouched } from './close-untouched.ts'
import type { Database } from './database.ts'
import { GrowthProbe } from './disk-probe.ts'
import { emptyWal } from './empty-wal.ts'
import { cannotOpen, closeAfter, OPEN_TIMEOUT_MS, read } from './open-database.ts'
import { type Sync, WalSync } from './sync/wal-sync.ts'
import { type TransactionListener, Writer } from './writer.ts'

export interface OpeningOptions<Session> {
  readonly prepare: (database: Database) => Session
  readonly isSynced: boolean
  readonly clock: Clock
  readonly sync: Sync | undefined
  /** Called when the disk has failed under a checkpoint. */
  readonly failed: (error: unknown) => void
}

/** One that is not referred to is garbage-collected, and closed by that. */
const leftOpen = new Set<Database>()

/** A connection to a file, from its opening to its close, and what hangs on it. */
export class Opening<Session extends TransactionListener> {
  readonly database: Database
  readonly session: Session
  readonly writer: Writer<Session>
  readonly sync: WalSync
  readonly checkpointer: Checkpointer

  /** Throws what `prepare` does; the connection and the sync are the caller's then. */
  constructor(database: Database, sync: WalSync, { prepare, clock, failed }: OpeningOptions<Session>) {
    this.database = database
    this.sync = sync
    this.session = prepare(database)
    this.writer = new Writer(database, this.session)
    this.checkpointer = new Checkpointer(database, { failed, clock })
  }

  /** Where it is the last one, it brings the WAL into the file. Throws, and leaves it open, where the disk does not take that. */
  async close(): Promise<void> {
    await this.#still()
    if (!this.database.open) return
    new GrowthProbe(this.database).run()
    this.database.close()
  }

  /** Closes it and does not touch the file. Throws, and leaves it open, where that cannot be done now. */
  async letGo(): Promise<void> {
    await this.#still()
    closeUntouched(this.database)
  }

  /** As `close`, and as `letGo` where that is not possible; what cannot be let go either is left to the end of the process. */
  async end(): Promise<void> {
    await this.close()
      .catch(() => this.letGo())
      .catch(() => leftOpen.add(this.database))
  }

  async #still(): Promise<void> {
    await this.sync.close()
    await this.checkpointer.close()
  }
}

/** It is told of all that is lost from now on; so what was lost before must not be in the WAL any more once it is relied upon. */
export function syncOf(
  database: Database,
  options: Pick<OpeningOptions<never>, 'isSynced' | 'clock' | 'sync'>,
): WalSync {
  const { isSynced, clock, sync } = options
  // Beside the file itself, where the path leads to it by a link.
  const wal = new WalSync(`${realpathSync(database.name)}-wal`, sync, { clock })
  if (isSynced) wal.open()
  return wal
}

/** On a connection whose WAL was emptied, but maybe not since the sync was there to be told. Closes it where it throws. */
export function opened<Session extends TransactionListener>(
  database: Database,
  options: OpeningOptions<Session>,
): Opening<Session> {
  let sync: WalSync | undefined
  try {
    sync = syncOf(database, options)
    if (!emptyWal(database, OPEN_TIMEOUT_MS)) throw read(database.name)
    return new Opening(database, sync, options)
  } catch (error) {
    void sync?.close()
    closeAfter(database, error)
    throw cannotOpen(error, database.name)
  }
}
