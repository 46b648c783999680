import { createRequire } from 'node:module'
import type { DatabaseConstructor } from '../src/store/sqlite/file/database.ts'

/** better-sqlite3, which has no types of its own. */
export const Sqlite = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
