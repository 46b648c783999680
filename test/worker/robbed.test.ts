import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { Worker } from '../../src/index.ts'
import type { DatabaseConstructor } from '../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../src/sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { gate, running, until } from './running.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

describe('a worker that others take for dead', () => {
  it('tells its handlers, writes nothing of what they end with, and goes on under a new number', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const { opened, open } = gate()
    const reasons: unknown[] = []
    let runs = 0
    const worker = new Worker({
      store,
      tasks: {
        a: async (_: object, { signal }) => {
          runs += 1
          if (runs > 1) return 'the second'
          signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message))
          await opened
          return 'the first'
        },
      },
    })
    await using _ = running(worker)
    const [id = ''] = await worker.send({ task: 'a' })
    await until(() => runs === 1)
    const other = new Connection(folder.file('a.db'), { timeout: 2_000 })
    other.exec('begin immediate')
    other.exec(
      'update willcall_job set owner = null; update willcall_file set running = 0, waiting = 1; delete from willcall_owner',
    )
    other.exec('commit')
    other.close()
    await until(() => reasons.length === 1)
    open()
    await until(async () => (await worker.find(id))?.state === 'done')
    assert.deepEqual([reasons, runs, (await worker.find(id))?.result], [['others have taken the job'], 2, 'the second'])
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 1, dead: 0 })
  })
})
