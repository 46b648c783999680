import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import type { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { running, until } from '../../worker/running.ts'
import { aSmallDisk, cannotMount } from './faulty-disk.ts'
import { numbered, storeFailures } from './faulty-worker.ts'
import { Child } from './lock-child.ts'

/** Room for a database, a hundred small transactions, and a ballast. */
const KILOBYTES = 2_048

describe('a store on a disk that is full', { skip: cannotMount }, () => {
  it('refuses sends, without waiting for anything, and keeps what it had', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const { worker, send } = numbered(store, clock)
    const ids = await send(1, 2)
    disk.fill()
    for (let tries = 0; tries < 10; tries += 1) {
      await assert.rejects(send(3), { name: 'WillcallError', code: 'disk_full', message: /the disk is full/ })
    }
    assert.deepEqual(
      [await worker.count(), (await worker.list()).map(({ id }) => id)],
      [{ waiting: 2, running: 0, done: 0, dead: 0 }, ids],
    )
    disk.makeRoom()
    assert.equal((await send(4)).length, 1)
    assert.deepEqual(
      (await worker.list()).map(({ payload }) => payload.n),
      [1, 2, 4],
    )
  })

  it('lets endings wait, starts nothing more, and writes them once there is room: nothing runs twice', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const { worker, runs, send, open } = numbered(store, clock)
    using failed = storeFailures()
    await send(1, 2, 3, 4)
    await using _ = running(worker)
    await until(() => runs.length === 2)
    disk.fill()
    open()
    await until(() => failed.told.length > 0)
    await clock.advance(10_000)
    assert.deepEqual(runs, [1, 2])
    assert.deepEqual(new Set(failed.told.map(({ code }) => code)), new Set(['disk_full']))
    assert.ok(failed.told.filter(({ verb }) => verb === 'settle').length >= 10)
    disk.makeRoom()
    await clock.advance(1_000)
    await worker.idle()
    assert.deepEqual([runs, await worker.count()], [[1, 2, 3, 4], { waiting: 0, running: 0, done: 4, dead: 0 }])
  })

  it('lets a worker begin, which takes its jobs once there is room', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const { worker, runs, send, open } = numbered(store, clock)
    open()
    await send(1)
    disk.fill()
    await using _ = running(worker)
    await clock.advance(10_000)
    assert.deepEqual(runs, [])
    disk.makeRoom()
    await clock.advance(2_000)
    await worker.idle()
    assert.deepEqual(runs, [1])
  })

  it('lets a worker stop that has begun meanwhile', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const { worker, send } = numbered(store, clock)
    await send(1)
    disk.fill()
    const worked = running(worker)
    await clock.advance(1_000)
    let stopped = false
    const stopping = worked.stop().then(() => (stopped = true))
    await clock.advance(30_000)
    const wasStopped = stopped
    disk.makeRoom()
    await clock.advance(30_000)
    await stopping
    assert.equal(wasStopped, true)
  })

  it('tells of the claims that it cannot write', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const { worker, send } = numbered(store, clock)
    using failed = storeFailures()
    await send(1)
    disk.fill()
    const worked = running(worker)
    await clock.advance(5_000)
    const told = [...failed.told]
    disk.makeRoom()
    await clock.advance(5_000)
    const stopping = worked.stop()
    await clock.advance(60_000)
    await stopping
    assert.ok(told.length > 0)
  })

  it('stops a worker whose endings cannot be written, and runs those jobs again in the next process only', async () => {
    using disk = aSmallDisk(KILOBYTES)
    const clock = new FakeClock()
    const filled = openSqlite(disk.file('a.db'), { clock })
    const { runs, worker, send, open } = numbered(filled, clock)
    const [sent] = await send(1)
    const id = sent ?? assert.fail()
    const worked = running(worker)
    await until(() => runs.length === 1)
    disk.fill()
    open()
    let isClosed = false
    const closing = worked
      .stop()
      .then(() => filled[Symbol.asyncDispose]())
      .then(() => (isClosed = true))
    await until(async () => {
      await clock.jump()
      return isClosed
    })
    await closing
    assert.deepEqual(runs, [1])
    disk.makeRoom()
    await using store = openSqlite(disk.file('a.db'), { clock })
    const second = numbered(store, clock)
    second.open()
    await using _ = running(second.worker)
    await until(async () => {
      await clock.jump()
      return (await second.worker.find(id))?.state === 'done'
    })
    assert.deepEqual(second.runs, [1])
  })
})

describe('a file on a disk that is full', { skip: cannotMount }, () => {
  it('is not opened, wherever in its making the disk becomes full, and is once there is room', async () => {
    for (let kilobytes = 4; ; kilobytes += 4) {
      using disk = aSmallDisk(KILOBYTES)
      disk.fill(kilobytes)
      let store: SqliteStore | undefined
      try {
        store = openSqlite(disk.file('a.db'))
      } catch (error) {
        const { name, code } = error as NodeJS.ErrnoException
        assert.deepEqual([name, code], ['WillcallError', 'disk_full'], `with ${kilobytes} kB left`)
        disk.makeRoom()
        await openSqlite(disk.file('a.db'))[Symbol.asyncDispose]()
      }
      if (store === undefined) continue
      await store[Symbol.asyncDispose]()
      break
    }
  })

  it('is not opened either where its process was killed meanwhile, and has all that was kept once there is room', async () => {
    using disk = aSmallDisk(KILOBYTES)
    {
      await using child = new Child<string>('faulty-program.ts', [disk.file('a.db')])
      for (let n = 0; n < 4; n += 1) assert.equal(await child.ask({ verb: 'send', n, bytes: 100_000 }), 'kept')
      disk.fill()
      assert.equal(await child.ask({ verb: 'send', n: 4, bytes: 100_000 }), 'disk_full')
      await child.kill()
    }
    assert.throws(() => openSqlite(disk.file('a.db')), { name: 'WillcallError', code: 'disk_full' })
    disk.makeRoom()
    await using store = openSqlite(disk.file('a.db'))
    assert.equal((await store.count()).waiting, 4)
  })
})
