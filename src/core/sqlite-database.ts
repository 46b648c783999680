export interface SqliteStatement {
  run(...values: unknown[]): unknown
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
}

/** A `Database` of better-sqlite3. Structural, so that whoever does not use it needs no types of it. */
export interface SqliteDatabase {
  readonly name: string
  readonly inTransaction: boolean
  prepare(sql: string): SqliteStatement
}
