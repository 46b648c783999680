import { type ErrorCode, WillcallError } from '../../core/errors.ts'

/** The beginnings of SQLite's codes, and what each means for who wants something kept. */
const DISK: readonly (readonly [string, ErrorCode, string])[] = [
  ['SQLITE_BUSY', 'database_busy', 'other processes hold it locked'],
  ['SQLITE_LOCKED', 'database_busy', 'other processes hold it locked'],
  ['SQLITE_FULL', 'disk_full', 'the disk is full'],
]

/** What cannot be cured by leaving one change out. */
export const isOfDisk = (error: unknown): boolean =>
  /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|READONLY|CORRUPT|CANTOPEN|NOTADB|NOMEM)/.test(codeOf(error))

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? ''

/** Why nothing can be kept now. */
export function told(error: unknown, path: string): WillcallError {
  const [, code, why] = DISK.find(([beginning]) => codeOf(error).startsWith(beginning)) ?? [
    '',
    'disk_failed' as const,
    'the disk has failed; it is opened again as soon as that is possible',
  ]
  return new WillcallError(code, `nothing can be kept in ${path} now: ${why}`, { cause: error })
}

export const overCap = (path: string): WillcallError =>
  new WillcallError(
    'no_room',
    `nothing can be kept in ${path} now: its write-ahead log is too large, a reader holds it`,
  )

export const closed = (path: string): WillcallError =>
  new WillcallError('disk_failed', `nothing can be kept in ${path} any more: it is closed`)
