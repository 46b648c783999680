import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Store, systemClock } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, running, until } from '../../worker/running.ts'
import { aFaultySync } from './faulty-sync.ts'
import { numbered, storeFailures } from './faulty-worker.ts'
import { aFolder } from './folder.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
/** So many sends are refused since a recovery has found that somebody reads. */
const REFUSED_BESIDE_READER = 20
const DISK_FAILED = { name: 'WillcallError', code: 'disk_failed', message: /the disk has failed/ }

/** Those of this process; none where the system does not tell. */
function openFilesIn(folder: string): readonly string[] {
  const fds = '/proc/self/fd'
  if (!existsSync(fds)) return []
  const files = readdirSync(fds).map((fd) => (existsSync(join(fds, fd)) ? readlinkSync(join(fds, fd)) : ''))
  return files.filter((file) => file.startsWith(folder))
}

/** They change whenever a WAL is begun anew (https://www.sqlite.org/fileformat2.html, section 4.1). */
const saltsOf = (wal: string): string => readFileSync(wal).subarray(16, 24).toString('hex')

/** How much of the WAL a checkpoint has brought into the file. */
const pagesInFile = (database: Database): number =>
  (database.prepare('pragma wal_checkpoint(noop)').raw().get() as readonly number[])[2] ?? 0

/** To the next timer, and to what the system has to say meanwhile. */
async function goOn(clock: FakeClock): Promise<void> {
  await clock.jump()
  await systemClock.yield()
}

/** Sends until a send is kept; resolves with what was refused before, and what was kept. */
async function untilKept(clock: FakeClock, send: (n: number) => Promise<unknown>) {
  for (let n = 100; ; n += 1) {
    const kept = await send(n).then(
      () => true,
      (error: unknown) => {
        assert.equal((error as { readonly code: unknown }).code, 'disk_failed', String(error))
        return false
      },
    )
    if (kept) return n
    await goOn(clock)
  }
}

const integrityOf = (path: string): unknown => {
  const database: Database = new Connection(path, { timeout: 2_000 })
  const answer = database.pragma('integrity_check', { simple: true })
  database.close()
  return answer
}

const numbersIn = async (store: Store): Promise<readonly number[]> =>
  (await store.list({}, { limit: 1_000 })).map(({ payload }) => (payload as { readonly n: number }).n)

describe('a store whose sync fails', () => {
  it('refuses the sends of that sync, and has what it acknowledged before and after', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    const clock = new FakeClock()
    const kept: number[] = [1, 2]
    {
      await using store = openSqlite(folder.file('a.db'), { clock })
      const { send } = numbered(store, clock)
      await send(1, 2)
      sync.failNext()
      const refused = await Promise.allSettled([send(3), send(4)])
      for (const each of refused) assert.equal(each.status === 'rejected' && each.reason.code, 'disk_failed')
      kept.push(await untilKept(clock, send))
      await send(5)
      kept.push(5)
    }
    await using store = openSqlite(folder.file('a.db'), { clock })
    const found = new Set(await numbersIn(store))
    for (const n of kept) assert.ok(found.has(n), `${n} was acknowledged and is lost`)
    assert.equal(integrityOf(folder.file('a.db')), 'ok')
  })

  it('refuses sends for as long as syncs fail, each with a code', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    const clock = new FakeClock()
    await using store = openSqlite(folder.file('a.db'), { clock })
    const { send } = numbered(store, clock)
    sync.failNext(Number.POSITIVE_INFINITY)
    await assert.rejects(send(1), DISK_FAILED)
    for (let n = 2; sync.calls < 10; n += 1) {
      await assert.rejects(send(n), DISK_FAILED)
      await goOn(clock)
    }
    sync.failNext(0)
    const last = await untilKept(clock, send)
    assert.ok((await numbersIn(store)).includes(last))
  })

  it('lets endings wait until the file is whole again: nothing runs twice', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    using failures = storeFailures()
    const clock = new FakeClock()
    await using store = openSqlite(folder.file('a.db'), { clock })
    const { worker, send, runs, open } = numbered(store, clock)
    await send(1, 2, 3)
    await using _ = running(worker)
    await until(() => runs.length === 2)
    sync.failNext(Number.POSITIVE_INFINITY)
    await assert.rejects(send(4), codeOf('disk_failed'))
    open()
    await until(async () => {
      await goOn(clock)
      return failures.told.length >= 5
    })
    assert.deepEqual(new Set(runs), new Set([1, 2]))
    assert.deepEqual(new Set(failures.told.map(({ code }) => code)), new Set(['disk_failed']))
    sync.failNext(0)
    const last = await untilKept(clock, send)
    await until(async () => {
      await goOn(clock)
      return runs.includes(3) && runs.includes(last) && (await worker.count()).running === 0
    })
    assert.equal(runs.length, new Set(runs).size)
    assert.deepEqual((await worker.count()).done, runs.length)
  })

  it('answers with a code also while the file cannot be opened again', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    const clock = new FakeClock()
    mkdirSync(folder.file('in'))
    await using store = openSqlite(folder.file('in/a.db'), { clock })
    const { send, worker } = numbered(store, clock)
    await send(1)
    renameSync(folder.file('in'), folder.file('away'))
    sync.failNext()
    const refused: unknown[] = []
    const refusal = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => refused.push(error))
    await refusal(send(2))
    for (let turns = 0; turns < 20; turns += 1) await goOn(clock)
    await refusal(send(3))
    await refusal(worker.count())
    await refusal(worker.list())
    renameSync(folder.file('away'), folder.file('in'))
    await untilKept(clock, (n) => send(n).catch(() => Promise.reject({ code: 'disk_failed' })))
    const names = refused.map((error) => (error as { readonly name: string }).name)
    assert.deepEqual(new Set(names), new Set(['WillcallError']))
  })

  it('has nothing open once it was closed meanwhile', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    const clock = new FakeClock()
    const store = openSqlite(folder.file('a.db'), { clock })
    const { send } = numbered(store, clock)
    await send(1)
    sync.failNext()
    await assert.rejects(send(2), DISK_FAILED)
    await store[Symbol.asyncDispose]()
    for (let turns = 0; turns < 50; turns += 1) await goOn(clock)
    assert.deepEqual(openFilesIn(folder.path), [])
    const last = new Connection(folder.file('a.db'), { timeout: 0 })
    last.pragma('locking_mode = exclusive')
    assert.equal(last.pragma('journal_mode = delete', { simple: true }), 'delete')
    last.close()
  })

  it('keeps nothing in a WAL that has not begun anew, also where a reader is in the way of that', async () => {
    using folder = aFolder()
    using sync = aFaultySync()
    const clock = new FakeClock()
    await using store = openSqlite(folder.file('a.db'), { clock })
    const { send } = numbered(store, clock)
    await send(1)
    const reader = new Connection(folder.file('a.db'), { timeout: 0 })
    reader.exec('begin')
    reader.prepare('select * from willcall_job').all()
    const looker = new Connection(folder.file('a.db'), { timeout: 0 })
    const before = saltsOf(folder.file('a.db-wal'))
    sync.failNext()
    await assert.rejects(send(2), DISK_FAILED)
    await until(async () => {
      await goOn(clock)
      return pagesInFile(looker) > 0
    })
    for (let n = 3; n < 3 + REFUSED_BESIDE_READER; n += 1) {
      await assert.rejects(send(n), DISK_FAILED)
      await goOn(clock)
    }
    assert.equal(saltsOf(folder.file('a.db-wal')), before)
    reader.close()
    looker.close()
    await untilKept(clock, send)
    assert.notEqual(saltsOf(folder.file('a.db-wal')), before)
  })
})

describe('a WAL that is deleted under a store', () => {
  for (const [what, suffixes] of [
    ['alone', ['-wal']],
    ['with the memory that its readers share', ['-wal', '-shm']],
  ] as const) {
    it(`${what}, is noticed before anything more is told to be kept, and the file found whole`, async () => {
      using folder = aFolder()
      const clock = new FakeClock()
      const kept = [1, 2]
      {
        await using store = openSqlite(folder.file('a.db'), { clock })
        const { send } = numbered(store, clock)
        await send(1)
        await send(2)
        for (const suffix of suffixes) rmSync(folder.file(`a.db${suffix}`))
        await assert.rejects(send(3), DISK_FAILED)
        kept.push(await untilKept(clock, send))
      }
      assert.equal(integrityOf(folder.file('a.db')), 'ok')
      await using store = openSqlite(folder.file('a.db'), { clock })
      const found = new Set(await numbersIn(store))
      for (const n of kept) assert.ok(found.has(n), `${n} was acknowledged and is lost`)
    })
  }

  it('is noticed too where what is kept need only outlive the process', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    const kept = [1, 2]
    {
      await using store = openSqlite(folder.file('a.db'), { clock, durability: 'process' })
      const { send } = numbered(store, clock)
      await send(1)
      await send(2)
      rmSync(folder.file('a.db-wal'))
      await clock.advance(1_000)
      await assert.rejects(send(3), DISK_FAILED)
      kept.push(await untilKept(clock, send))
    }
    await using store = openSqlite(folder.file('a.db'), { clock })
    const found = new Set(await numbersIn(store))
    for (const n of kept) assert.ok(found.has(n), `${n} was acknowledged and is lost`)
  })
})
