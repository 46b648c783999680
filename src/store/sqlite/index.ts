export { openSqlite, type SqliteOptions } from './open-sqlite.ts'
export type { SqliteStore } from './sqlite-store.ts'
