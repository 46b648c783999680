import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { task, Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { gate, running, until } from './running.ts'

describe('places of workers on a file', () => {
  it('two workers with the same task and different room both use all of it', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const { opened, open } = gate()
    let inWork = 0
    const a = async (): Promise<void> => {
      inWork += 1
      await opened
    }
    const large = new Worker({ store, concurrency: 5, tasks: { a } })
    const small = new Worker({ store, concurrency: 1, tasks: { a } })
    await large.send(...Array.from({ length: 20 }, () => ({ task: 'a' as const })))
    await using _large = running(large)
    await using _small = running(small)
    await until(() => inWork === 6)
    open()
    await large.idle()
  })

  it('of many tasks no more jobs are owned than the worker has places, where none has ended', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const { opened, open } = gate()
    const names = Array.from({ length: 20 }, (_, index) => `task ${index}`)
    const tasks = Object.fromEntries(names.map((name) => [name, task({ run: (_payload: { n?: number }) => opened })]))
    const worker = new Worker({ store, concurrency: 10, tasks })
    await worker.send(...names.flatMap((name) => Array.from({ length: 20 }, () => ({ task: name }))))
    await using _run = running(worker)
    await until(async () => (await worker.count()).running > 0)
    assert.equal((await worker.count()).running, 10)
    open()
    await worker.idle()
  })
})
