import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { CheckpointThreadData } from '../../../src/store/sqlite/file/checkpoint/checkpoint-thread.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, until } from '../../worker/running.ts'
import { checkpointed } from './checkpointed.ts'
import { aFaultyProbe, FAILING } from './faulty-probe.ts'
import { aFaultySync } from './faulty-sync.ts'
import { numbered } from './faulty-worker.ts'
import { aFolder } from './folder.ts'

const clock = new FakeClock()

const waitingIn = async (path: string): Promise<number> => {
  await using store = openSqlite(path, { clock })
  return (await store.count()).waiting
}

/** A file with two jobs as a process leaves it that is killed. */
async function aCrashedFile(path: string): Promise<void> {
  using folder = aFolder()
  await using store = openSqlite(folder.file('a.db'), { clock })
  await numbered(store, clock).send(1, 2)
  for (const suffix of ['', '-wal']) copyFileSync(folder.file(`a.db${suffix}`), `${path}${suffix}`)
}

describe('a file with a WAL', () => {
  it('is not opened, and left as it is, while the disk fails', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    await aCrashedFile(file)
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`))
    const before = contents()
    {
      using probe = aFaultyProbe()
      probe.isFailing = true
      const refused = { name: 'WillcallError', code: 'disk_failed', message: /the disk has failed/ }
      assert.throws(() => openSqlite(file), refused)
    }
    assert.deepEqual([contents(), readdirSync(folder.path).sort()], [before, ['a.db', 'a.db-wal']])
    assert.equal(await waitingIn(file), 2)
  })

  it('is left as it is by a close while the disk fails, and has everything when it is opened again', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    const size = (): number => readFileSync(file).length
    const store = openSqlite(file, { clock })
    const before = size()
    const { send } = numbered(store, clock)
    for (let n = 0; n < 20; n += 1) await send(n)
    await store.remember('large', 'x'.repeat(100_000), undefined)
    {
      using probe = aFaultyProbe()
      probe.isFailing = true
      await store[Symbol.asyncDispose]()
    }
    assert.deepEqual([size(), readdirSync(folder.path).sort()], [before, ['a.db', 'a.db-shm', 'a.db-wal']])
    assert.equal(await waitingIn(file), 20)
    assert.deepEqual(readdirSync(folder.path), ['a.db'])
  })

  it('is not touched by a recovery while the disk fails', async () => {
    using folder = aFolder()
    using probe = aFaultyProbe()
    using sync = aFaultySync()
    const file = folder.file('a.db')
    await using store = openSqlite(file, { clock })
    const { send } = numbered(store, clock)
    for (let n = 0; n < 20; n += 1) await send(n)
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`))
    probe.isFailing = true
    sync.failNext()
    await assert.rejects(send(20), codeOf('disk_failed'))
    const before = contents()
    const refused: unknown[] = []
    await until(async () => {
      await clock.jump()
      await send(21).catch((error: unknown) => refused.push(error))
      return probe.recoveries >= 3
    })
    assert.deepEqual(contents(), before)
    probe.isFailing = false
    await until(async () => {
      await clock.jump()
      return send(22).then(
        () => true,
        () => false,
      )
    })
    assert.ok((await store.count()).waiting >= 21)
  })
})

describe('a probe of the disk', () => {
  it('is made at no opening or close that adds nothing to the file', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    await openSqlite(file)[Symbol.asyncDispose]()
    using probe = aFaultyProbe()
    const store = openSqlite(file)
    await store.remember('a', '1', undefined)
    await store[Symbol.asyncDispose]()
    assert.deepEqual([probe.calls, readdirSync(folder.path)], [0, ['a.db']])
  })

  it('removes what another that was killed has left', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    await aCrashedFile(file)
    copyFileSync(file, `${file}-probe`)
    assert.equal(await waitingIn(file), 2)
    assert.deepEqual(readdirSync(folder.path), ['a.db'])
  })
})

describe('a checkpoint that would add to the file', () => {
  it('does not begin while the disk fails: the store is told', async () => {
    using folder = aFolder()
    const program = new URL('../../../src/store/sqlite/file/checkpoint/checkpoint-thread.ts', import.meta.url)
    const startThread = (workerData: CheckpointThreadData): Worker =>
      new Worker(`${FAILING}require(${JSON.stringify(fileURLToPath(program))})`, { eval: true, workerData })
    const errors: unknown[] = []
    const failed = (error: unknown): void => void errors.push(error)
    await using file = checkpointed(folder.file('a.db'), { failed, startThread })
    const { length } = readFileSync(folder.file('a.db'))
    await file.writeUntil(() => errors.length > 0)
    assert.equal((errors[0] as NodeJS.ErrnoException).code, 'EIO')
    assert.equal(readFileSync(folder.file('a.db')).length, length)
  })
})
