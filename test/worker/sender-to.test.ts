import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { senderTo, Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { codeOf, running } from './running.ts'

const ran: unknown[] = []
const tasks = {
  greet: async (payload: { name: string }) => void ran.push(payload),
  rest: async () => {},
}

describe('a sender without a worker', () => {
  it('sends what a worker elsewhere does', async () => {
    using folder = aFolder()
    await using here = openSqlite(folder.file('a.db'))
    await using there = openSqlite(folder.file('a.db'))
    const sender = senderTo<typeof tasks>(here)
    const worker = new Worker({ store: there, tasks })
    await using _ = running(worker)
    const ids = await sender.send({ task: 'greet', name: 'Emma' }, { task: 'rest' })
    assert.deepEqual(
      await sender
        .with({ once: 'x' })
        .send({ task: 'rest' })
        .then((more) => more.length),
      1,
    )
    await sender.kept(ids)
    await worker.idle()
    assert.deepEqual(ran, [{ name: 'Emma' }])
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 3, dead: 0 })
  })

  it('knows the messages of the tasks by their types', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const sender = senderTo<typeof tasks>(store)
    // @ts-expect-error -- a number is no name
    await sender.send({ task: 'greet', name: 1 })
    // @ts-expect-error -- no such task; a worker may come that has it
    await sender.send({ task: 'great', name: 'Emma' })
  })

  it('refuses what could be no message of any task', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'))
    const sender = senderTo(store)
    for (const task of [undefined, 7, '\ud83d', 'a'.repeat(1_001)]) {
      await assert.rejects(sender.send({ task } as never), codeOf('unknown_task'))
    }
    await assert.rejects(sender.send({ task: 'a', big: 1n }), codeOf('payload_refused'))
    assert.deepEqual(await store.count(), { waiting: 0, running: 0, done: 0, dead: 0 })
  })
})
