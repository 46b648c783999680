import { type ErrorCode, WillcallError } from '../../../core/errors.ts'

/** The beginnings of SQLite's codes, and what each means. */
const CODES: readonly (readonly [string, ErrorCode, string])[] = [
  ['SQLITE_NOTADB', 'database_refused', 'it is no database'],
  ['SQLITE_CORRUPT', 'database_refused', 'it is damaged'],
  // A table or a column of it is missing.
  ['SQLITE_ERROR', 'database_refused', 'it is damaged'],
  ['SQLITE_BUSY', 'database_busy', 'another program holds it locked'],
  ['SQLITE_LOCKED', 'database_busy', 'another program holds it locked'],
  ['SQLITE_FULL', 'disk_full', 'the disk is full'],
  ['SQLITE_READONLY', 'disk_failed', 'it cannot be written'],
  ['SQLITE_CANTOPEN', 'disk_failed', 'it cannot be opened'],
  ['SQLITE_PERM', 'disk_failed', 'it must not be opened'],
  // The file that SQLite shares with other processes as memory could not grow.
  ['SQLITE_IOERR_SHMSIZE', 'disk_full', 'the disk is full'],
  ['SQLITE_IOERR', 'disk_failed', 'the disk has failed'],
  ['ENOSPC', 'disk_full', 'the disk is full'],
  ['EDQUOT', 'disk_full', 'the disk is full for this user'],
  ['ENOENT', 'disk_failed', 'its folder does not exist'],
  ['ENOTDIR', 'disk_failed', 'its folder is a file'],
  ['ENAMETOOLONG', 'disk_failed', 'its path is too long'],
  ['ELOOP', 'disk_failed', 'its path is a link to itself'],
  ['EACCES', 'disk_failed', 'it must not be opened'],
  ['EPERM', 'disk_failed', 'it must not be opened'],
  ['EROFS', 'disk_failed', 'the disk is read-only'],
  ['EIO', 'disk_failed', 'the disk has failed'],
  ['EFBIG', 'disk_failed', 'the system does not let its files grow'],
  ['EMFILE', 'disk_failed', 'too many files are open'],
  ['ENFILE', 'disk_failed', 'too many files are open'],
]

/** What a code of SQLite or of the system means; undefined for any other error. */
export function reasonOf(error: unknown): { readonly code: ErrorCode; readonly why: string } | undefined {
  const [, code, why] = CODES.find(([beginning]) => codeOf(error).startsWith(beginning)) ?? []
  return code === undefined || why === undefined ? undefined : { code, why }
}

/** What cannot be cured by leaving one change out. */
export const isOfDisk = (error: unknown): boolean =>
  /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|READONLY|CORRUPT|CANTOPEN|NOTADB|NOMEM)/.test(codeOf(error))

/** Another has a lock, and may give it back at any moment. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error))

/** A checkpoint cannot be done now, but nothing is wrong with the disk: another has a lock, or there is no room. */
export const passes = (error: unknown): boolean =>
  isBusy(error) || /^(?:SQLITE_FULL|ENOSPC|EDQUOT|EMFILE|ENFILE)/.test(codeOf(error))

/** A checkpoint has failed with this, or what comes before it. SQLite's codes, and the system's, which have no underscore. */
export const isOfFailedDisk = (error: unknown): boolean =>
  !passes(error) && /^(?:SQLITE_(?:IOERR|CORRUPT)|E[A-Z\d]+$)/.test(codeOf(error))

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? ''

/** Why nothing can be kept now. */
export function told(error: unknown, path: string): WillcallError {
  const reason = reasonOf(error)
  // Of a sync that has failed nothing is known but that: the system tells of it once.
  const isOfSqlite = codeOf(error).startsWith('SQLITE_')
  const isOfMoment = isOfSqlite && (reason?.code === 'database_busy' || reason?.code === 'disk_full')
  const { code, why } = isOfMoment ? reason : { code: 'disk_failed' as const, why: FAILED }
  return new WillcallError(code, `nothing can be kept in ${path} now: ${why}`, { cause: error })
}

const FAILED = 'the disk has failed; it is opened again as soon as that is possible'

export const overCap = (path: string): WillcallError =>
  new WillcallError(
    'no_room',
    `nothing can be kept in ${path} now: its write-ahead log is too large, a reader holds it`,
  )

export const closed = (path: string): WillcallError =>
  new WillcallError('disk_failed', `nothing can be kept in ${path} any more: it is closed`)
