import { describe, it } from 'node:test'
import { SqliteFile } from '../../../src/store/sqlite/file.ts'
import { Session } from '../../../src/store/sqlite/session.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../../../src/store/sqlite/statements.ts'
import { CASE_CAPACITY, storeCases } from '../../../src/testing/store-cases.ts'
import { aFolder } from './folder.ts'

describe('every store', () => {
  for (const { name, run } of storeCases) {
    it(name, async () => {
      using folder = aFolder()
      const file = new SqliteFile(folder.file('a.db'), (database) => new Session(prepare(database)))
      await using store = new SqliteStore(file, 1, { maxPending: CASE_CAPACITY, doneForMs: 3_600_000, maxDone: 10_000 })
      await run(store)
    })
  }
})
