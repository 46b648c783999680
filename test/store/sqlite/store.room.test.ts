import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type SqliteDatabase, Worker } from '../../../src/index.ts'
import { openSqlite, type SqliteOptions } from '../../../src/sqlite.ts'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { running } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const PROGRAM = fileURLToPath(new URL('waiting-program.ts', import.meta.url))
const Connection = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Database

function anOffice(options: SqliteOptions) {
  const folder = aFolder()
  const file = folder.file('a.db')
  const store = openSqlite(file, options)
  const ran: number[] = []
  let lent: SqliteDatabase | undefined
  const worker = new Worker({
    store,
    tasks: {
      a: ({ n }: { n: number; text?: string }) => void ran.push(n),
      lend: (_payload: { n: number }, { transaction }) => transaction((database) => void (lent = database)),
    },
  })
  return {
    get lent() {
      return lent
    },
    file,
    store,
    worker,
    ran,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

describe('room in a file', () => {
  it('a send that waited for room is kept, and answered with its id', async () => {
    await using office = anOffice({ maxPending: 1 })
    const { worker, ran } = office
    const sends = [1, 2, 3].map((n) => worker.send({ task: 'a', n }))
    await using _run = running(worker)
    const ids = await Promise.all(sends)
    await worker.idle()
    assert.deepEqual([ids.flat().length, ran], [3, [1, 2, 3]])
  })

  it('what was refused takes none', async () => {
    await using office = anOffice({ maxPending: 2 })
    const { worker, file } = office
    const other = new Connection(file)
    other.exec('begin immediate')
    const sends = [1, 2, 3].map((n) => worker.send({ task: 'a', n }))
    await assert.rejects(Promise.all(sends.slice(0, 2)), { code: 'database_busy' })
    other.exec('rollback')
    other.close()
    assert.equal((await sends[2])?.length, 1)
    assert.equal((await worker.send({ task: 'a', n: 4 })).length, 1)
  })

  it('what a full disk has refused takes none', async () => {
    await using office = anOffice({ maxPending: 2 })
    const { worker } = office
    await using run = running(worker)
    await worker.send({ task: 'lend', n: 0 })
    await worker.idle()
    await run.stop()
    const database = office.lent as unknown as Database
    database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true }))}`)
    const text = 'x'.repeat(100_000)
    const sends = [1, 2].map((n) => worker.send({ task: 'a', n, text }))
    await assert.rejects(Promise.all(sends), { code: 'disk_full' })
    await Promise.allSettled(sends)
    database.pragma('max_page_count = 1000000')
    assert.equal((await worker.send({ task: 'a', n: 3 })).length, 1)
  })

  it('a send that waits for some is refused where the store closes', async () => {
    const office = anOffice({ maxPending: 1 })
    const { worker } = office
    await worker.send({ task: 'a', n: 1 })
    const refused = assert.rejects(worker.send({ task: 'a', n: 2 }), { code: 'disk_failed' })
    await office[Symbol.asyncDispose]()
    await refused
  })

  it('a process lives while its send waits for some that another process makes', async () => {
    await using office = anOffice({ maxPending: 1 })
    const { worker, file } = office
    await worker.send({ task: 'a', n: 1 })
    const sender = spawn(process.execPath, [PROGRAM, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const facts = createInterface({ input: sender.stdout })[Symbol.asyncIterator]()
    assert.equal((await facts.next()).value, 'waits')
    await using _run = running(worker)
    assert.equal((await facts.next()).value, 'kept')
    await worker.idle()
    assert.equal((await worker.count()).done, 2)
  })
})
