import assert from 'node:assert/strict'
import { scrypt } from 'node:crypto'
import { fstatSync, rmSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import { startSyncThread } from '../../../src/store/sqlite/file/sync/sync-stand-in.ts'
import { WalSync } from '../../../src/store/sqlite/file/sync/wal-sync.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'
import { heldPool, needsPipes } from './sync-pool.ts'
import { syncThreads } from './sync-threads.ts'
import { aWal, NOT_OPEN, playedWal, slowPool, slowWal } from './sync-wal.ts'

const ioError = (): Error => Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
const EIO = -5

describe('a sync whose pool has other things to do', () => {
  it('is done by a thread', { skip: needsPipes }, async () => {
    await using file = aWal()
    using pool = heldPool(file.folder.file('pipe'))
    const { calls } = pool
    await file.wal.done()
    await file.wal.done()
    assert.deepEqual([file.started.length, pool.calls], [1, calls])
  })

  it('is done by a thread while passwords are hashed all the time', async () => {
    await using file = aWal()
    let isOver = false
    const hash = (): Promise<void> => new Promise((resolve) => scrypt('password', 'salt', 64, () => resolve()))
    const hashing = Array.from({ length: 8 }, async () => {
      while (!isOver) await hash()
    })
    await until(async () => {
      await file.wal.done()
      return file.started.length === 1
    })
    for (let syncs = 0; syncs < 10; syncs += 1) await file.wal.done()
    isOver = true
    await Promise.all(hashing)
    assert.equal(file.started.length, 1)
  })

  it('is done by the thread alone while the pool has not answered', async () => {
    await using file = slowWal()
    await file.doneSlowly()
    for (let syncs = 0; syncs < 3; syncs += 1) await file.wal.done()
    assert.deepEqual([file.asked.length, file.started.length], [1, 1])
  })

  it('ends with the pool where that answers before the thread', async () => {
    await using file = playedWal()
    const first = await file.asksThread()
    file.asked[0]?.resolve()
    await first.done
    const second = file.wal.done()
    file.asked[1]?.resolve()
    await second
    assert.equal(file.started.length, 1)
  })

  it('goes back to the pool once that answers first again, which is tried every 100 ms', async () => {
    await using file = playedWal()
    await file.doneInThread()
    file.asked[0]?.resolve()
    await file.clock.advance(99)
    await file.doneInThread()
    assert.equal(file.asked.length, 1)
    await file.clock.advance(1)
    const both = file.wal.done()
    await file.begin()
    file.asked[1]?.resolve()
    await both
    file.answer()
    const inPool = file.wal.done()
    file.asked[2]?.resolve()
    await inPool
    assert.equal(file.asked.length, 3)
  })

  it('stays with the thread while that answers first', async () => {
    await using file = playedWal()
    await file.doneInThread()
    file.asked[0]?.resolve()
    await file.clock.advance(100)
    await file.doneInThread()
    file.asked[1]?.resolve()
    await file.doneInThread()
    assert.equal(file.asked.length, 2)
  })

  it('covers nothing that was committed after the thread began it', async () => {
    await using file = playedWal()
    const first = await file.beginsInThread()
    let isDone = false
    const later = file.wal.done().then(() => (isDone = true))
    file.answer()
    await first.done
    await file.begin()
    assert.equal(isDone, false)
    file.answer()
    await later
  })

  it('fails where the WAL was deleted', async () => {
    await using file = slowWal()
    await file.doneSlowly()
    rmSync(file.path)
    await assert.rejects(file.wal.done(), { name: 'WalLostError' })
  })
})

describe('a pool that answers', () => {
  it('within 10 ms is left alone with the syncs', async () => {
    await using file = slowWal()
    const done = file.wal.done()
    await file.clock.advance(9)
    file.asked[0]?.resolve()
    await done
    await file.clock.advance(10)
    assert.equal(file.started.length, 0)
  })

  it('is not taken for slow where the event loop was held up', async () => {
    using pool = slowPool()
    let timeIsOver = (): void => {}
    const after = (_: number, callback: () => void) => {
      timeIsOver = callback
      return { cancel: () => {} }
    }
    await using file = aWal({ sync: pool.sync, clock: { ...systemClock, after } })
    const done = file.wal.done()
    // After a long turn timers come first, then what has ended meanwhile.
    timeIsOver()
    pool.asked[0]?.resolve()
    await done
    await systemClock.yield()
    assert.equal(file.started.length, 0)
  })

  it('is asked alone where another sync is given, and no thread', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    using pool = slowPool()
    const clock = new FakeClock()
    const wal = new WalSync(folder.file('a'), pool.sync, { clock })
    let isDone = false
    const done = wal.done().then(() => (isDone = true))
    await clock.advance(1_000)
    assert.equal(isDone, false)
    pool.asked[0]?.resolve()
    await done
    await wal.close()
  })
})

describe('a sync that fails', () => {
  it('in the thread fails for all who wait, and so do all later ones', async () => {
    await using file = slowWal((data) => startSyncThread({ ...data, fd: NOT_OPEN }))
    const { done } = await file.asksThread()
    await assert.rejects(done, codeOf('EBADF'))
    await assert.rejects(file.wal.done(), codeOf('EBADF'))
    assert.equal(file.asked.length, 1)
  })

  it('in the pool, with the thread still at it, fails for all who wait', async () => {
    await using file = playedWal()
    const { done } = await file.asksThread()
    file.asked[0]?.reject(ioError())
    await assert.rejects(done, codeOf('EIO'))
    await assert.rejects(file.wal.done(), codeOf('EIO'))
  })

  it('in the pool, after the thread has done it, makes the next one fail', async () => {
    await using file = slowWal()
    await file.doneSlowly()
    file.asked[0]?.reject(ioError())
    await assert.rejects(file.wal.done(), codeOf('EIO'))
  })

  it('in the pool, with the next one under way in the thread, makes that one fail', async () => {
    await using file = playedWal()
    await file.doneInThread()
    const second = file.wal.done()
    await file.begin()
    file.asked[0]?.reject(ioError())
    file.answer()
    await assert.rejects(second, codeOf('EIO'))
  })

  it('in the thread, after the pool has done it, makes later ones fail as soon as that is known', async () => {
    await using file = playedWal()
    const { done } = await file.beginsInThread()
    file.asked[0]?.resolve()
    await done
    file.answer(EIO)
    await until(async () => {
      const next = file.wal.done()
      file.asked.at(-1)?.resolve()
      return (await codeOfFailure(next)) === 'EIO'
    })
  })
})

describe('a sync whose thread dies', () => {
  it('is answered by the pool, and so are the next', async () => {
    await using file = playedWal()
    const first = await file.beginsInThread()
    await file.started[0]?.terminate()
    file.asked[0]?.resolve()
    await first.done
    const second = await file.asksThread()
    file.asked[1]?.resolve()
    await second.done
    assert.deepEqual([file.asked.length, file.started.length], [2, 1])
  })

  it('begins anew in the pool, whatever that was at before', async () => {
    await using file = playedWal()
    await file.doneInThread()
    let isDone = false
    const second = file.wal.done().then(() => (isDone = true))
    await file.begin()
    await file.started[0]?.terminate()
    file.asked[0]?.resolve()
    await until(() => file.asked.length === 2)
    assert.equal(isDone, false)
    file.asked[1]?.resolve()
    await second
  })

  it('is done by another thread', async () => {
    await using file = slowWal()
    await file.doneSlowly()
    await file.started[0]?.terminate()
    await file.clock.advance(1_000)
    await file.wal.done()
    assert.deepEqual([file.asked.length, file.started.length], [1, 2])
  })
})

describe('a WAL that is closed', () => {
  it('was never opened where nothing was to be synced', async () => {
    using folder = aFolder()
    const { started, startThread } = syncThreads()
    const wal = new WalSync(folder.file('missing'), undefined, { startThread })
    await wal.close()
    assert.equal(started.length, 0)
  })

  it('does not wait for a pool that does not answer, and stays open for that alone', async () => {
    await using file = slowWal()
    await file.doneSlowly()
    await Promise.all([file.wal.close(), file.wal.close()])
    const fd = file.asked[0]?.fd ?? NOT_OPEN
    assert.deepEqual([file.started[0]?.threadId, fstatSync(fd).isFile()], [-1, true])
    file.asked[0]?.reject(ioError())
    await until(() => isClosed(fd))
  })

  it('has done the sync that was under way, and refuses those behind it', async () => {
    await using file = slowWal()
    const first = await file.asksThread()
    const second = file.wal.done()
    const closed = file.wal.close()
    await Promise.all([first.done, assert.rejects(second, /closed/), closed])
    assert.equal(file.started[0]?.threadId, -1)
  })
})

const codeOfFailure = (done: Promise<void>): Promise<unknown> =>
  done.then(
    () => undefined,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  )

function isClosed(fd: number): boolean {
  try {
    fstatSync(fd)
    return false
  } catch {
    return true
  }
}
