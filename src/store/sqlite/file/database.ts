/** What a statement answers with, one value for each column. */

export type SqlValue = string | number | bigint | null | Uint8Array

/** What we use of a prepared statement of better-sqlite3. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number }
  get(...values: readonly SqlValue[]): unknown
  all(...values: readonly SqlValue[]): unknown[]
  iterate(...values: readonly SqlValue[]): IterableIterator<unknown>
  /** Rows come as arrays, which costs less than an object for each. */
  raw(): this
  /** Whether whole numbers come as bigint. */
  safeIntegers(isBigInt: boolean): this
}

/** What makes statements. */
export interface Prepares {
  prepare(sql: string): Statement
}

/** What we use of a `Database` of better-sqlite3. Structural, since the package has no types of its own. */
export interface Database extends Prepares {
  readonly name: string
  readonly open: boolean
  readonly inTransaction: boolean
  exec(sql: string): this
  pragma(sql: string, options?: { readonly simple: boolean }): unknown
  close(): this
}

export interface DatabaseOptions {
  /** How long a statement may wait for a lock, blocking the event loop. */
  readonly timeout: number
  readonly fileMustExist?: boolean
  readonly readonly?: boolean
}

/** The constructor that better-sqlite3 is. */
export type DatabaseConstructor = new (path: string, options: DatabaseOptions) => Database
