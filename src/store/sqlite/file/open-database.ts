import { accessSync, closeSync, constants, openSync, rmSync, statfsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { WillcallError } from '../../../core/errors.ts'
import { WAL_BYTES } from './checkpoint/checkpoint-signals.ts'
import { closeUntouched } from './close-untouched.ts'
import type { Database, DatabaseConstructor } from './database.ts'
import { isOfFailedDisk, reasonOf } from './disk-error.ts'
import { probeWal } from './disk-probe.ts'
import { emptyWal } from './empty-wal.ts'
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts'

/** Before it, two connections that both restart the WAL could corrupt the file. */
const OLDEST_SQLITE = [3, 51, 3] as const
/** How long the opening of a file may wait for others that hold or read it, in milliseconds, blocking the event loop. */
export const OPEN_TIMEOUT_MS = 2_000
/** Network file systems, on which a WAL does not work, by the type that statfs tells. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9p'],
])

/**
 * A connection to the database in this file, which is made where there is none, readable for this user alone. Its WAL is empty.
 * Refused, and left as it is: a file that is no database, another program's, or of a newer version of willcall; one that is locked,
 * or whose WAL is read, for 2 s; one on a disk that is full, read-only, behind a network, or fails.
 */
export function openDatabase(file: string, load: NodeJS.Require = createRequire(import.meta.url)): Database {
  const checked = checkedPath(file)
  const Connection = betterSqlite3(load)
  let isNew = false
  try {
    refuseNetwork(checked)
    isNew = create(checked)
    probeWal(checked)
    const database = new Connection(checked, { timeout: OPEN_TIMEOUT_MS, fileMustExist: true })
    return prepared(database, () => {
      migrate(database)
      database.pragma('busy_timeout = 0')
      // What is in the WAL must have room in the file.
      if (!emptyWal(database, OPEN_TIMEOUT_MS)) throw read(checked)
    })
  } catch (error) {
    if (isNew) removeEmpty(checked)
    throw cannotOpen(error, checked)
  }
}

/** As `openDatabase` for a file that was opened before; waits for nobody, and leaves the WAL as it is. */
export function reopenDatabase(file: string): Database {
  const Connection = betterSqlite3(createRequire(import.meta.url))
  try {
    return prepared(new Connection(file, { timeout: 0, fileMustExist: true }), () => {})
  } catch (error) {
    throw cannotOpen(error, file)
  }
}

function checkedPath(file: unknown): string {
  if (typeof file !== 'string' || file === '' || /^(?::|file:)/i.test(file) || file.includes('\0')) {
    const why = `the path of a database must be that of a file, got ${String(file)}`
    throw new WillcallError('invalid_option', why, { given: file })
  }
  const resolved = path.resolve(file)
  // better-sqlite3 leaves that out, and would open another file.
  if (resolved.trimEnd() === resolved) return resolved
  const why = `the path of a database must not end in white space, got ${JSON.stringify(file)}`
  throw new WillcallError('invalid_option', why, { given: file })
}

function betterSqlite3(load: NodeJS.Require): DatabaseConstructor {
  try {
    return load('better-sqlite3') as DatabaseConstructor
  } catch (cause) {
    const why = 'no database can be opened: the package better-sqlite3 could not be loaded; install it'
    throw new WillcallError('unsupported', why, { cause })
  }
}

function refuseNetwork(file: string): void {
  const name = NETWORK.get(statfsSync(path.dirname(file)).type)
  if (name === undefined) return
  throw new WillcallError(
    'unsupported',
    `${file} cannot be opened: it is on ${name}, where processes cannot share it`,
    {
      given: file,
    },
  )
}

/**
 * True where it did not exist. For this user alone, from the first moment. A file that exists is not opened here: to close it would drop every lock that another
 * connection of this process has on it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
function create(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx', 0o600))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    checkFile(file)
    return false
  }
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw refused(file, 'it is a link to a file that does not exist')
  if (!found.isFile()) throw refused(file, 'it is no file')
  // SQLite would open one that may only be read, and say so at the first write.
  accessSync(file, constants.R_OK | constants.W_OK)
}

function removeEmpty(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file)
}

function prepared(database: Database, prepare: () => void): Database {
  try {
    checkSqlite(database)
    checkOwner(database)
    configure(database)
    prepare()
    return database
  } catch (error) {
    closeAfter(database, error)
    throw error
  }
}

/** Closes it because of this error: once the disk has failed under a checkpoint, another one may lose what is in the WAL. */
export function closeAfter(database: Database, why: unknown): void {
  try {
    if (isOfFailedDisk(why)) closeUntouched(database)
  } catch {
    // Nobody else can open it either, so neither could a checkpoint.
  }
  database.close()
}

function checkSqlite(database: Database): void {
  const version = String(database.prepare('select sqlite_version()').raw().get())
  const parts = version.split('.').map(Number)
  for (const [index, least] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) {
      const why = `SQLite must be ${OLDEST_SQLITE.join('.')} or later, got ${version}: install a newer better-sqlite3`
      throw new WillcallError('unsupported', why, { given: version })
    }
  }
}

/** Reads only: nothing of a file that is not ours is changed. */
function checkOwner(database: Database): void {
  const id = database.pragma('application_id', { simple: true })
  const version = Number(database.pragma('user_version', { simple: true }))
  if (id === APPLICATION_ID) {
    if (version <= MIGRATIONS.length) return
    throw refused(
      database.name,
      `a newer willcall wrote it (version ${version}, this one knows ${MIGRATIONS.length}): install that one`,
    )
  }
  const isEmpty = database.prepare('select 1 from sqlite_schema limit 1').get() === undefined
  if (id !== 0 || version !== 0 || !isEmpty) throw refused(database.name, "it is another program's")
}

function configure(database: Database): void {
  const mode = database.pragma('journal_mode = wal', { simple: true })
  if (mode !== 'wal') {
    throw new WillcallError('unsupported', `${database.name} cannot be opened: it has no WAL but ${String(mode)}`)
  }
  database.pragma('synchronous = normal')
  // Where SQLite syncs by itself, at checkpoints, it does so as macOS needs it.
  database.pragma('checkpoint_fullfsync = on')
  database.pragma(`journal_size_limit = ${WAL_BYTES}`)
  database.pragma('trusted_schema = off')
}

/** Each step is whole or not at all; another process that opens the file now does them, or finds them done. */
function migrate(database: Database): void {
  for (let version = versionOf(database); version < MIGRATIONS.length; version = versionOf(database)) {
    database.exec('begin immediate')
    try {
      if (versionOf(database) === version) {
        database.exec(MIGRATIONS[version] ?? '')
        database.pragma(`application_id = ${APPLICATION_ID}`)
        database.pragma(`user_version = ${version + 1}`)
      }
      database.exec('commit')
    } catch (error) {
      if (database.inTransaction) database.exec('rollback')
      throw error
    }
  }
}

const versionOf = (database: Database): number => Number(database.pragma('user_version', { simple: true }))

/** What the opening of a file throws for this error. */
export function cannotOpen(error: unknown, file: string): unknown {
  const reason = reasonOf(error)
  if (error instanceof WillcallError || reason === undefined) return error
  return new WillcallError(reason.code, `${file} cannot be opened: ${reason.why}`, { cause: error, given: file })
}

export const read = (file: string): WillcallError =>
  new WillcallError('database_busy', `${file} cannot be opened: others read it, so its WAL cannot begin anew`, {
    given: file,
  })

const refused = (file: string, why: string): WillcallError =>
  new WillcallError('database_refused', `${file} cannot be opened: ${why}`, { given: file })
