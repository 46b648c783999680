import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { systemClock, Worker } from '../../../src/index.ts'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { codeOf, running, until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

const MB = 1_048_576
const CAP = 256 * MB
/** What the WAL keeps when it is started again, and what is written until that is noticed. */
const BOUND = 20 * MB
/** Sends of one moment, of about 1 MB each: they share a transaction, and the cap is looked at every 50 ms. */
const AT_ONCE = 8
const LARGE = 'x'.repeat(1_000_000)

/** A store with a worker, and somebody who reads its file and does not end. */
function read(path: string) {
  const store = openSqlite(path, { durability: 'process' })
  let runs = 0
  const worker = new Worker({
    store,
    tasks: {
      small: async (_payload: object) => void (runs += 1),
      large: async (_payload: { readonly text: string }) => {},
    },
  })
  const reader = new Connection(path, { timeout: 0 })
  reader.exec('begin')
  reader.prepare('select count(*) from willcall_job').get()
  const sendLarge = () =>
    Promise.all(Array.from({ length: AT_ONCE }, () => worker.send({ task: 'large', text: LARGE })))
  return {
    worker,
    reader,
    sendLarge,
    runs: () => runs,
    walBytes: () => statSync(`${path}-wal`).size,
    async [Symbol.asyncDispose]() {
      if (reader.open) reader.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

describe('a WAL that somebody reads for long', () => {
  it('takes no more sends above 256 MB, but endings, and takes them again once the reader is gone', async () => {
    using folder = aFolder()
    await using file = read(folder.file('a.db'))
    await file.worker.send({ task: 'small' })
    let refused: unknown
    while (refused === undefined) {
      assert.ok(file.walBytes() < 2 * CAP, 'the WAL grows without end')
      await file.sendLarge().catch((error: unknown) => (refused = error))
    }
    assert.deepEqual([(refused as NodeJS.ErrnoException).code, file.walBytes() > CAP], ['no_room', true])
    await assert.rejects(file.worker.send({ task: 'small' }), codeOf('no_room'))
    const { waiting } = await file.worker.count()
    await using worked = running(file.worker)
    await until(() => file.runs() === 1)
    await until(async () => (await file.worker.count()).done > 0)
    await worked.stop()
    assert.ok((await file.worker.count()).waiting < waiting)
    await assert.rejects(file.worker.send({ task: 'small' }), codeOf('no_room'))
    file.reader.close()
    await until(() =>
      file.worker.send({ task: 'small' }).then(
        () => true,
        () => new Promise<boolean>((resolve) => systemClock.after(5, () => resolve(false))),
      ),
    )
    await until(() => file.walBytes() <= BOUND)
  })

  it('comes back to its bound when a reader is gone that sat on it for a while', async () => {
    using folder = aFolder()
    await using file = read(folder.file('a.db'))
    while (file.walBytes() < 64 * MB) await file.sendLarge()
    file.reader.close()
    await until(() => file.walBytes() <= BOUND)
    const found = new Connection(folder.file('a.db'), { timeout: 0 })
    assert.equal(found.pragma('quick_check', { simple: true }), 'ok')
    found.close()
  })
})
