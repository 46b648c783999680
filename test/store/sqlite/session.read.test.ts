import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from '../../../src/index.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { Session } from '../../../src/store/sqlite/session.ts'
import { prepare } from '../../../src/store/sqlite/statements.ts'
import { running } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

describe('what is read of a file', () => {
  it('is of one moment, though another process writes meanwhile', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    const other = openDatabase(folder.file('a.db'))
    const session = new Session(database, prepare(database), () => {})
    session.read(() => {
      assert.equal(session.counted().waiting, 0)
      other.exec('update willcall_file set waiting = 7')
      assert.equal(session.counted().waiting, 0)
    })
    assert.equal(session.counted().waiting, 7)
    other.close()
    database.close()
  })

  it('within the transaction of a handler is what that has written', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const worker = new Worker({
      store,
      tasks: {
        a: async (_payload: object, { jobId, transaction }) =>
          void (await (
            await transaction(() => ({ found: worker.find(jobId) }))
          ).found),
      },
    })
    await using _run = running(worker)
    await worker.send({ task: 'a' })
    await worker.idle()
    assert.equal((await worker.count()).done, 1)
  })
})

describe('the done jobs of a file', () => {
  it('take no more bytes than they may, however large the results of one turn', async () => {
    using folder = aFolder()
    const maxDoneBytes = 3_000_000
    await using store = openSqlite(folder.file('a.db'), { maxDoneBytes })
    const result = 'x'.repeat(1_000_000)
    const worker = new Worker({ store, concurrency: 30, tasks: { a: () => result } })
    await using _run = running(worker)
    await worker.send(...Array.from({ length: 30 }, () => ({ task: 'a' as const })))
    await worker.idle()
    assert.ok((await worker.count()).done <= 3)
  })
})
