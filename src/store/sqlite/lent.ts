import { realpathSync } from 'node:fs'
import { WillcallError } from '../../core/errors.ts'
import type { SqliteDatabase } from '../../core/sqlite-database.ts'
import type { Database, Prepares } from './file/database.ts'
import type { SqliteFile } from './file/file.ts'
import type { Session } from './session.ts'

/** What the caller is about to do in a transaction. */
type Verb = 'sent' | 'published'

/** A connection in a transaction. */
export interface Lent {
  readonly database: Database
  /** Whether it is the store's own: what is to be done after its commit can be told to its session. */
  readonly isOwn: boolean
}

/** The connections that callers lend to write with what else they write, and the store's own while that is lent to them. */
export class LentConnections {
  readonly #file: SqliteFile<Session>
  /** Connections of callers that were fit before. */
  readonly #fit = new WeakSet<SqliteDatabase>()
  #isOwnLent = false

  constructor(file: SqliteFile<Session>) {
    this.#file = file
  }

  /** While it acts, the store's own connection can be written with. */
  lendOwn<Value>(act: () => Value): Value {
    this.#isOwnLent = true
    try {
      return act()
    } finally {
      this.#isOwnLent = false
    }
  }

  /** Throws `invalid_option` where what is written with it would not be in a transaction of the same file. */
  take(database: SqliteDatabase, verb: Verb): Lent {
    const own = this.#file.database
    const isOwn = database === own
    if (isOwn && !this.#isOwnLent) throw unfit(verb, "it is the store's own, which context.transaction lends")
    if (!isOwn && !(this.#fit.has(database) && database.inTransaction)) this.#check(database, own, verb)
    return { database: database as Database, isOwn }
  }

  #check(database: SqliteDatabase, own: Database, verb: Verb): void {
    if (!(database instanceof own.constructor)) throw unfit(verb, 'another copy of better-sqlite3 has opened it')
    const given = database as Database
    if (!given.open || !isSameFile(given.name, own.name)) throw unfit(verb, 'it is not open on the file of the store')
    if (!given.inTransaction) throw unfit(verb, 'no transaction has begun on it')
    if (Number(given.pragma('synchronous', { simple: true })) === 0)
      throw unfit(verb, 'it does not sync at all (synchronous = off)')
    this.#fit.add(database)
  }
}

/** Its statements give whole numbers as numbers, whatever the caller's own do. */
export const withNumbers = (database: Database): Prepares => ({
  prepare: (sql) => database.prepare(sql).safeIntegers(false),
})

/** Undone where it throws: the caller may catch that, and commit what else there is. */
export function whole<Value>(database: Database, act: () => Value): Value {
  database.exec('savepoint willcall')
  try {
    const value = act()
    database.exec('release willcall')
    return value
  } catch (error) {
    if (database.inTransaction) database.exec('rollback to willcall; release willcall')
    throw error
  }
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}

const unfit = (verb: Verb, why: string): WillcallError =>
  new WillcallError('invalid_option', `nothing can be ${verb} in a transaction of this database: ${why}`)
