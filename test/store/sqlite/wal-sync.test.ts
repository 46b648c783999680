import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { WalSync } from '../../../src/store/sqlite/file/sync/wal-sync.ts'
import { gate, until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

/** A disk whose syncs end when they are told to. */
function slowDisk(path: string) {
  const gates: ReturnType<typeof gate>[] = []
  const sync = new WalSync(path, async () => {
    const next = gate()
    gates.push(next)
    await next.opened
  })
  return { gates, sync }
}

describe('a sync of the WAL', () => {
  it('covers nothing that was committed after it began: who comes then shares the next one', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    const { gates, sync } = slowDisk(folder.file('a'))
    const ended: string[] = []
    const first = sync.done().then(() => ended.push('first'))
    await until(() => gates.length === 1)
    const later = ['second', 'third'].map((name) => sync.done().then(() => ended.push(name)))
    gates[0]?.open()
    await first
    await until(() => gates.length === 2)
    assert.deepEqual(ended, ['first'])
    gates[1]?.open()
    await Promise.all(later)
    assert.deepEqual([ended, gates.length], [['first', 'second', 'third'], 2])
    await sync.close()
  })

  it('that failed makes all later ones fail, since the system tells of a lost page once', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    let calls = 0
    const sync = new WalSync(folder.file('a'), async () => {
      calls += 1
      if (calls === 1) throw new Error('EIO')
    })
    await assert.rejects(sync.done(), /EIO/)
    await assert.rejects(sync.done(), /EIO/)
    assert.equal(calls, 1)
    await sync.close()
  })

  it('fails where the WAL was deleted', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    const sync = new WalSync(folder.file('a'))
    await sync.done()
    rmSync(folder.file('a'))
    await assert.rejects(sync.done(), { name: 'WalLostError' })
    await sync.close()
  })

  it('fails once it is closed', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    const sync = new WalSync(folder.file('a'))
    await sync.close()
    await assert.rejects(sync.done(), /closed/)
  })
})
