import { randomUUID } from 'node:crypto'
import { readdirSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { WillcallError } from '../../../core/errors.ts'
import type { DatabaseConstructor } from '../file/database.ts'
import { isOurs, LockFile } from './lock-file.ts'

/** How many are looked at when an owner begins; what is left over, the next one sweeps. */
const MAX_SWEPT = 100
const NAME = /^-owner-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * The lock files beside a database. A name is what is behind the path of the database, as it is with `-wal`: whoever has opened
 * the same database finds the same file, by whatever path.
 */
export class LockFiles {
  readonly #database: string
  readonly #Connection: DatabaseConstructor

  /** `Connection`: what opened the database, so that there is one SQLite in this process. */
  constructor(database: string, Connection: DatabaseConstructor) {
    // As SQLite does for the WAL.
    this.#database = realpathSync(database)
    this.#Connection = Connection
  }

  /** Makes a new one, held from now on. */
  hold(): { readonly name: string; readonly file: LockFile } {
    const name = `-owner-${randomUUID()}`
    const file = this.#make(this.#pathOf(name))
    return { name, file }
  }

  #make(file: string): LockFile {
    try {
      const made = LockFile.make(file, this.#Connection)
      if (made !== undefined) return made
    } catch (cause) {
      throw new WillcallError('disk_failed', `${file} cannot be made, so no job can be owned`, { cause })
    }
    throw new WillcallError('database_busy', `${file} cannot be locked: another process has it`)
  }

  /** Whether this process holds it. */
  isOurs(name: string): boolean {
    return isOurs(this.#pathOf(name))
  }

  /** The lock of one who died, held from now on. */
  take(name: string): LockFile | 'alive' | 'missing' {
    // Else it could be any file of this user that a changed database has deleted.
    return NAME.test(name) ? LockFile.take(this.#pathOf(name), this.#Connection) : 'missing'
  }

  /** Deletes what processes have left that died before their row was there, or after it was taken away. */
  sweep(names: ReadonlySet<string>): void {
    const database = path.basename(this.#database)
    const strays = readdirSync(path.dirname(this.#database))
      .filter((file) => file.startsWith(database))
      .map((file) => file.slice(database.length))
      .filter((name) => NAME.test(name) && !names.has(name))
    for (const name of strays.slice(0, MAX_SWEPT)) {
      const taken = this.take(name)
      if (taken instanceof LockFile) taken.release()
    }
  }

  #pathOf(name: string): string {
    return `${this.#database}${name}`
  }
}
