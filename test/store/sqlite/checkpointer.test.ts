import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, until } from '../../worker/running.ts'
import { type Checkpointed, checkpointed } from './checkpointed.ts'
import { aFolder } from './folder.ts'

const MB = 1_048_576
/** What the WAL keeps when it is started again, and what is written until that is noticed. */
const BOUND = 17 * MB

const countIn = (database: Database): unknown => database.prepare('select count(*) from willcall_fact').raw().get()

/** What the WAL has, and how much of that is in the file, in pages. */
function progressOf({ database }: Checkpointed): { pages: number; inFile: number } {
  const [, pages = 0, inFile = 0] = database.prepare('pragma wal_checkpoint(noop)').raw().get() as number[]
  return { pages, inFile }
}

/** Takes no notice of commits: ends when it is told to close. */
const idleThread = (signals: SharedArrayBuffer): Worker =>
  new Worker("Atomics.wait(new Int32Array(require('node:worker_threads').workerData), 2, 0)", {
    eval: true,
    workerData: signals,
  })

describe('the WAL', () => {
  it('comes back to its bound while more is written', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    await file.writeUntil(() => progressOf(file).inFile > 0)
    for (let written = 0; written < 20_000; written += 10) await file.write(10)
    await file.writeUntil(() => file.walBytes <= BOUND && progressOf(file).pages < 4_000)
    assert.equal(file.threads.length, 1)
  })

  it('is left to itself while it is small', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    for (let written = 0; written < 100; written += 1) await file.write(1)
    assert.deepEqual([file.threads.length, progressOf(file).inFile], [0, 0])
  })

  it('grows while somebody reads for long, and shrinks afterwards, with no further write', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    const reader = file.reader()
    while (file.walBytes < 24 * MB || file.threads.length === 0) await file.write(10)
    reader.close()
    await until(() => file.walBytes <= BOUND)
  })

  it('is over its cap while a reader makes it larger', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'), { capBytes: 24 * MB })
    const reader = file.reader()
    while (file.walBytes < 23 * MB) await file.write(10)
    assert.equal(file.checkpointer.isOverCap, false)
    while (!file.checkpointer.isOverCap) await file.write(10)
    assert.ok(file.walBytes > 24 * MB)
    reader.close()
    await until(() => !file.checkpointer.isOverCap)
  })

  it('is not over its cap where only its file has stayed large', async () => {
    using folder = aFolder()
    const startThread = ({ signals }: { readonly signals: SharedArrayBuffer }): Worker => idleThread(signals)
    await using file = checkpointed(folder.file('a.db'), { capBytes: 24 * MB, startThread })
    file.database.pragma('journal_size_limit = -1')
    while (!file.checkpointer.isOverCap) await file.write(10)
    file.database.pragma('wal_checkpoint(restart)')
    await file.write(1)
    await until(() => !file.checkpointer.isOverCap)
    assert.ok(file.walBytes > 24 * MB)
  })

  it('must be allowed what it keeps', () => {
    using folder = aFolder()
    assert.throws(() => checkpointed(folder.file('a.db'), { capBytes: 16 * MB }), codeOf('invalid_option'))
  })
})

describe('a commit', () => {
  it('never does a checkpoint, not even before the thread is ready', async () => {
    using folder = aFolder()
    const startThread = ({ signals }: { readonly signals: SharedArrayBuffer }): Worker => idleThread(signals)
    await using file = checkpointed(folder.file('a.db'), { startThread })
    while (file.threads.length === 0) await file.write(10)
    while (progressOf(file).pages < 3_000) await file.write(10)
    assert.deepEqual([file.ownPages(), progressOf(file).inFile], [0, 0])
  })

  it('does none while the thread lives, either', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    while (progressOf(file).inFile === 0) {
      await file.write(10)
      assert.equal(file.ownPages(), 0)
    }
  })
})

describe('what was written', () => {
  it('is whole after checkpoints and a new opening', async () => {
    using folder = aFolder()
    let count: unknown
    {
      await using file = checkpointed(folder.file('a.db'))
      for (let written = 0; written < 20_000; written += 10) await file.write(10)
      await file.writeUntil(() => progressOf(file).pages < 4_000)
      count = countIn(file.database)
    }
    const again = openDatabase(folder.file('a.db'))
    assert.deepEqual([countIn(again), again.pragma('integrity_check', { simple: true })], [count, 'ok'])
    again.close()
  })

  it('is whole where two connections write, each with its thread', async () => {
    using folder = aFolder()
    await using first = checkpointed(folder.file('a.db'))
    await using second = checkpointed(folder.file('a.db'))
    for (let written = 0; written < 20_000; written += 20) {
      await Promise.all([first.write(10), second.write(10)])
    }
    assert.deepEqual([first.threads.length, second.threads.length], [1, 1])
    assert.deepEqual(countIn(first.database), [20_000])
    assert.equal(first.database.pragma('integrity_check', { simple: true }), 'ok')
  })
})

describe('a thread that dies', () => {
  it('is started again', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    await using file = checkpointed(folder.file('a.db'), { clock })
    const write = async (): Promise<void> => {
      await clock.advance(50)
      await file.write(10)
    }
    while (progressOf(file).inFile === 0) await write()
    await file.threads[0]?.terminate()
    while (file.threads.length === 1) await write()
    const written = progressOf(file).pages
    while (progressOf(file).pages >= written) await write()
    assert.equal(file.threads.length, 2)
  })

  it('again and again is started again ever more rarely', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    const startThread = (): Worker => {
      starts.push(clock.elapsed())
      return new Worker("throw new Error('no memory')", { eval: true })
    }
    const starts: number[] = []
    await using file = checkpointed(folder.file('a.db'), { clock, startThread })
    while (starts.length < 5) {
      await clock.advance(50)
      await file.write(3)
      const thread = file.threads.at(-1)
      await until(() => thread === undefined || thread.threadId === -1)
    }
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000])
  })

  it('or cannot even be started does no harm: commits do the checkpoints', async () => {
    using folder = aFolder()
    const startThread = (): Worker => {
      throw new Error('no threads here')
    }
    await using file = checkpointed(folder.file('a.db'), { startThread })
    await file.writeUntil(() => progressOf(file).inFile > 0)
    await file.writeUntil(() => progressOf(file).pages < 1_000)
  })

  it('since the disk failed is not started again: the store is told', async () => {
    using folder = aFolder()
    const errors: unknown[] = []
    const ioError = "throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' })"
    await using file = checkpointed(folder.file('a.db'), {
      failed: (error) => errors.push(error),
      startThread: () => new Worker(ioError, { eval: true }),
    })
    while (errors.length === 0) await file.write(10)
    for (let writes = 0; writes < 1_000; writes += 1) await file.write(10)
    assert.deepEqual([errors.length, file.threads.length, file.ownPages()], [1, 1, 0])
    assert.equal((errors[0] as NodeJS.ErrnoException).code, 'SQLITE_IOERR_FSYNC')
  })
})

describe('a checkpointer that is closed', () => {
  it('has no thread any more, even where it was closed during a checkpoint, or twice', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    const reader = file.reader()
    while (file.walBytes < 40 * MB || file.threads.length === 0) await file.write(100)
    reader.close()
    await until(() => progressOf(file).inFile > 0 || progressOf(file).pages < 4_000)
    await Promise.all([file.checkpointer.close(), file.checkpointer.close()])
    assert.equal(file.threads[0]?.threadId, -1)
    assert.equal(file.database.pragma('integrity_check', { simple: true }), 'ok')
  })

  it('has none where it was closed while the thread began', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    while (file.threads.length === 0) await file.write(10)
    await file.checkpointer.close()
    assert.equal(file.threads[0]?.threadId, -1)
  })

  it('starts none, and leaves the last connection alone with the file', async () => {
    using folder = aFolder()
    await using file = checkpointed(folder.file('a.db'))
    while (progressOf(file).inFile === 0) await file.write(10)
    await file.checkpointer.close()
    for (let writes = 0; writes < 1_000; writes += 1) await file.write(10)
    assert.equal(file.threads.length, 1)
    assert.equal(file.database.pragma('locking_mode = exclusive', { simple: true }), 'exclusive')
    assert.equal(file.database.pragma('journal_mode = delete', { simple: true }), 'delete')
  })
})
