import type { Database, DatabaseConstructor } from './database.ts'

/**
 * Closes a connection and does not touch the file. The last one that closes would do a checkpoint, and hide that it failed; but not
 * while another is there, and one that may only read never does. Throws where that cannot be opened, and has closed nothing.
 */
export function closeUntouched(database: Database): void {
  if (!database.open) return
  const Connection = database.constructor as DatabaseConstructor
  const reader = new Connection(database.name, { timeout: 0, readonly: true, fileMustExist: true })
  try {
    // From the first time that it reads it has the lock that makes it count.
    reader.prepare('select 1 from sqlite_schema limit 1').get()
    database.close()
  } finally {
    reader.close()
  }
}
