import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { type Context, systemClock, Worker } from '../../../src/index.ts'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { running } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Database

describe('a store that is closed', () => {
  it('at once after sendIn looks at its file no more', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    const store = openSqlite(file, { durability: 'process' })
    const worker = new Worker({ store, tasks: { a: () => {} } })
    const database = new Connection(file)
    database.exec('begin')
    worker.sendIn(database, { task: 'a' })
    database.exec('commit')
    database.close()
    await store[Symbol.asyncDispose]()
    await systemClock.yield()
    await systemClock.yield()
  })

  it('says so to whoever reads from it, and to whoever waits for its jobs', async () => {
    using folder = aFolder()
    const store = openSqlite(folder.file('a.db'))
    const worker = new Worker({ store, tasks: { a: () => {} } })
    await worker.send({ task: 'a' })
    const waits = assert.rejects(worker.idle(), { code: 'disk_failed' })
    await store[Symbol.asyncDispose]()
    await waits
    await assert.rejects(worker.find('1'), { code: 'disk_failed' })
    await assert.rejects(worker.send({ task: 'a' }), { code: 'disk_failed' })
  })

  it('while its worker runs claims nothing any more', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    const began: string[] = []
    const tasks = { a: (_payload: object, { jobId }: Context) => void began.push(jobId) }
    {
      await using store = openSqlite(file)
      await new Worker({ store, tasks }).send(...Array.from({ length: 20 }, () => ({ task: 'a' as const })))
      await using _run = running(new Worker({ store, tasks, graceMs: 0, deadlineMs: 0 }))
      await store[Symbol.asyncDispose]()
    }
    await using store = openSqlite(file)
    const jobs = await new Worker({ store, tasks }).list({ state: 'waiting' })
    assert.deepEqual([began, jobs.length, jobs.filter(({ error }) => error !== undefined)], [[], 20, []])
  })
})
