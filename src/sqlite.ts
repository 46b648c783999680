export { openTopics, type TopicsOptions } from './broker/local/open-topics.ts'
export { openSqlite, type SqliteOptions } from './store/sqlite/open-sqlite.ts'
export type { SqliteStore } from './store/sqlite/sqlite-store.ts'
