import assert from 'node:assert/strict'
import { fstatSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { systemClock } from '../../../src/core/clock.ts'
import { SyncStandIn, startSyncThread } from '../../../src/store/sqlite/file/sync/sync-stand-in.ts'
import type { SyncThreadData } from '../../../src/store/sqlite/file/sync/sync-thread.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf } from '../../worker/running.ts'
import { aFolder } from './folder.ts'
import { heldPool, needsPipes } from './sync-pool.ts'
import { idleThread, syncThreads } from './sync-threads.ts'

/** A file with a stand-in, and the threads that it started. */
function aStandIn(start?: (data: SyncThreadData) => Worker) {
  const folder = aFolder()
  writeFileSync(folder.file('a'), 'written')
  const clock = new FakeClock()
  const threads = syncThreads(start)
  const standIn = new SyncStandIn(folder.file('a'), { clock, startThread: threads.startThread })
  return {
    ...threads,
    folder,
    clock,
    standIn,
    async [Symbol.asyncDispose]() {
      await standIn.close()
      folder[Symbol.dispose]()
    },
  }
}

/** A descriptor that is not open. */
const NOT_OPEN = 1_000_000

describe('a stand-in', () => {
  it('syncs in one thread, which it starts for the first sync', async () => {
    await using file = aStandIn()
    assert.equal(file.started.length, 0)
    assert.deepEqual([await file.standIn.sync(), await file.standIn.sync()], [true, true])
    assert.equal(file.started.length, 1)
  })

  it('starts its thread and syncs while the pool has no thread free', { skip: needsPipes }, async () => {
    await using file = aStandIn()
    using pool = heldPool(file.folder.file('pipe'))
    const { calls } = pool
    assert.deepEqual([await file.standIn.sync(), pool.calls], [true, calls])
  })

  it('begins a sync after it was asked: who asks while one is under way gets the next', async () => {
    await using file = aStandIn(idleThread)
    const ended: string[] = []
    const first = file.standIn.sync().then(() => ended.push('first'))
    const signals = file.signals()
    assert.equal(signals.awaitAsk(), true)
    const later = file.standIn.sync().then(() => ended.push('later'))
    signals.answer(0)
    await first
    await systemClock.yield()
    assert.deepEqual(ended, ['first'])
    signals.awaitAsk()
    signals.answer(0)
    await later
  })

  it('rejects with the error of the system', async () => {
    await using file = aStandIn((data) => startSyncThread({ ...data, fd: NOT_OPEN }))
    await assert.rejects(file.standIn.sync(), {
      code: 'EBADF',
      syscall: 'fdatasync',
      message: 'EBADF: bad file descriptor, fdatasync',
    })
  })

  it('works in a program that is itself a thread', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), 'written')
    const source = new URL('../../../src/', import.meta.url).href
    const program = new Worker(
      `const { systemClock: clock } = await import('${source}core/clock.ts')
      const { SyncStandIn, startSyncThread: startThread } = await import('${source}store/sqlite/file/sync/sync-stand-in.ts')
      const { parentPort, workerData } = await import('node:worker_threads')
      const standIn = new SyncStandIn(workerData, { clock, startThread })
      const answers = [await standIn.sync(), await standIn.sync()]
      await standIn.close()
      parentPort.postMessage(answers)`,
      { eval: true, execArgv: ['--input-type=module'], workerData: folder.file('a') },
    )
    const answers = await new Promise((resolve, reject) => {
      program.once('message', resolve)
      program.once('error', reject)
    })
    assert.deepEqual(answers, [true, true])
  })
})

describe('a sync thread that dies', () => {
  it('between two syncs is replaced', async () => {
    await using file = aStandIn()
    await file.standIn.sync()
    await file.started[0]?.terminate()
    await file.clock.advance(1_000)
    assert.deepEqual([await file.standIn.sync(), file.started.length], [true, 2])
  })

  it('is replaced after a second at the earliest', async () => {
    const start = (): Worker => new Worker("throw new Error('no memory')", { eval: true })
    await using file = aStandIn(start)
    assert.equal(await file.standIn.sync(), false)
    await file.clock.advance(999)
    assert.deepEqual([await file.standIn.sync(), file.started.length], [false, 1])
    await file.clock.advance(1)
    assert.deepEqual([await file.standIn.sync(), file.started.length], [false, 2])
  })

  it('during a sync is not replaced: it may have been told of a lost page', async () => {
    await using file = aStandIn(idleThread)
    const answer = file.standIn.sync()
    file.signals().awaitAsk()
    await file.started[0]?.terminate()
    assert.equal(await answer, false)
    await file.clock.advance(1_000)
    assert.deepEqual([await file.standIn.sync(), file.started.length], [false, 1])
  })

  it('of an error that is none of the disk counts as one that died during a sync', async () => {
    await using file = aStandIn((data) => startSyncThread({ ...data, fd: -1 }))
    assert.equal(await file.standIn.sync(), false)
    await file.clock.advance(1_000)
    assert.deepEqual([await file.standIn.sync(), file.started.length], [false, 1])
  })

  it('before it began the sync leaves it without an answer', async () => {
    await using file = aStandIn(idleThread)
    const answer = file.standIn.sync()
    await file.started[0]?.terminate()
    assert.equal(await answer, false)
  })

  it('right after an answer takes nothing of it back', async () => {
    await using file = aStandIn(idleThread)
    const answer = file.standIn.sync()
    file.signals().awaitAsk()
    file.signals().answer(0)
    await file.started[0]?.terminate()
    assert.equal(await answer, true)
  })

  it('or cannot even be started leaves the sync without an answer', async () => {
    await using file = aStandIn(() => {
      throw new Error('no threads here')
    })
    assert.equal(await file.standIn.sync(), false)
  })
})

describe('a stand-in that is closed', () => {
  it('has no thread any more', async () => {
    await using file = aStandIn()
    await file.standIn.sync()
    await file.standIn.close()
    assert.deepEqual([file.started[0]?.threadId, await file.standIn.sync(), file.started.length], [-1, false, 1])
  })

  it('has none where it was closed while the thread began', async () => {
    await using file = aStandIn()
    const answer = file.standIn.sync()
    await file.standIn.close()
    assert.deepEqual([typeof (await answer), file.started[0]?.threadId], ['boolean', -1])
  })

  it('has let the sync end that was under way', async () => {
    await using file = aStandIn(idleThread)
    const ended: string[] = []
    const answer = file.standIn.sync().then((isSynced) => ended.push(`synced ${isSynced}`))
    file.signals().awaitAsk()
    const closed = file.standIn.close().then(() => ended.push('closed'))
    file.signals().answer(0)
    await Promise.all([answer, closed])
    assert.deepEqual(ended, ['synced true', 'closed'])
  })

  it('has closed its own opening of the file', async () => {
    let fd = NOT_OPEN
    await using file = aStandIn((data) => {
      fd = data.fd
      return startSyncThread(data)
    })
    await file.standIn.sync()
    assert.ok(fstatSync(fd).isFile())
    await file.standIn.close()
    assert.throws(() => fstatSync(fd), codeOf('EBADF'))
  })
})
