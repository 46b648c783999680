import { describe, it } from 'node:test'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { CASE_CAPACITY, storeCases } from '../../../src/testing/store-cases.ts'
import { aFolder } from './folder.ts'

describe('every store', () => {
  for (const { name, run } of storeCases) {
    it(name, async () => {
      using folder = aFolder()
      const open = () => openSqlite(folder.file('a.db'), { maxPending: CASE_CAPACITY })
      let store = open()
      try {
        await run(store, async () => {
          await store[Symbol.asyncDispose]()
          store = open()
          return store
        })
      } finally {
        await store[Symbol.asyncDispose]()
      }
    })
  }
})
