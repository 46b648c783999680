import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from '../../../src/index.ts'
import { openSqlite, type SqliteOptions } from '../../../src/store/sqlite/index.ts'
import { running } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

function anOffice(options: SqliteOptions) {
  const folder = aFolder()
  const file = folder.file('a.db')
  const store = openSqlite(file, options)
  const ran: number[] = []
  const worker = new Worker({ store, tasks: { a: ({ n }: { n: number }) => void ran.push(n) } })
  return {
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
})
