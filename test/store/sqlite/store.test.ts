import { describe, it } from 'node:test'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { CASE_CAPACITY, storeCases } from '../../../src/testing/store-cases.ts'
import { aFolder } from './folder.ts'

describe('every store', () => {
  for (const { name, run } of storeCases) {
    it(name, async () => {
      using folder = aFolder()
      await using store = openSqlite(folder.file('a.db'), { maxPending: CASE_CAPACITY })
      await run(store)
    })
  }
})
