import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { describe, it } from 'node:test'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { Worker } from '../../src/worker/worker.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import type { Ack } from './acks.ts'
import { compare } from './compare.ts'
import { messageOf, type Note } from './load.ts'

async function threeSent(database: string): Promise<Ack> {
  await using store = openSqlite(database)
  const worker = new Worker({ store, tasks: { note: ({ number }: Note) => number } })
  const messages = [5, 6, 7].map((number) => messageOf('1', number, 100))
  const ids = await worker.send(...messages)
  return { from: '1', first: 5, ids, atNs: 1n }
}

describe('the look at a store after a power cut', () => {
  it('finds nothing wrong where every acknowledged message is there', async () => {
    using folder = aFolder()
    const ack = await threeSent(folder.file('a.db'))
    assert.deepEqual(await compare(folder.file('a.db'), [ack], 100), { acked: 3, lost: [], faults: [] })
  })

  it('tells which acknowledged messages are not there', async () => {
    using folder = aFolder()
    const ack = await threeSent(folder.file('a.db'))
    const never: Ack = { ...ack, ids: ['0-1', '0-2'] }
    const { acked, lost, faults } = await compare(folder.file('a.db'), [ack, never], 100)
    assert.deepEqual({ acked, lost, faults }, { acked: 5, lost: ['0-1', '0-2'], faults: [] })
  })

  it('tells which message has changed', async () => {
    using folder = aFolder()
    const ack = await threeSent(folder.file('a.db'))
    const { faults } = await compare(folder.file('a.db'), [{ ...ack, first: 6 }], 100)
    assert.deepEqual(
      faults,
      ack.ids.map((id) => `${id} has changed`),
    )
  })

  it('tells of a file that is damaged', async () => {
    using folder = aFolder()
    const ack = await threeSent(folder.file('a.db'))
    truncateSync(folder.file('a.db'), 10_000)
    const { faults } = await compare(folder.file('a.db'), [ack], 100)
    assert.equal(faults.length, 1)
  })
})
