import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import { until } from '../../worker/running.ts'
import { aDatabase, anOwner, ids } from './owner-processes.ts'

const onLinux = { skip: process.platform === 'linux' ? false : 'only Linux tells whether a process stands still' }

describe('the jobs of an owner who was killed', () => {
  it('are free 400 ms later at the latest', async () => {
    using database = aDatabase()
    await using one = anOwner(database)
    await one.owned()
    await using other = database.anotherProcess()
    const id = await other.owned()
    await other.kill()
    await one.clock.advance(400)
    assert.deepEqual([one.freed(), database.ledger.jobs()], [[3], [[null, 3]]])
    assert.deepEqual([ids(database.ledger), database.lockFiles().length], [[1], 1])
    assert.equal(id, 2)
  })

  it('are free 150 ms after another one begins', async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    await other.owned()
    await other.kill()
    await using one = anOwner(database)
    await one.clock.advance(149)
    assert.deepEqual(one.freed(), [])
    await one.clock.advance(1)
    assert.deepEqual([one.freed(), ids(database.ledger)], [[3], [2]])
  })

  it('are freed by one of several who find it dead', async () => {
    using database = aDatabase()
    await using victim = database.anotherProcess()
    const id = await victim.owned()
    await using first = database.anotherProcess()
    await using second = database.anotherProcess()
    await using third = database.anotherProcess()
    const others = [first, second, third]
    await Promise.all(others.map((other) => other.owned()))
    await victim.kill()
    await until(() => !database.ledger.has(id) && database.lockFiles().length === 3)
    for (const other of others) other.send('close')
    await Promise.all(others.map((other) => other.ended()))
    assert.deepEqual(
      (['freed', 'failed', 'robbed'] as const).map((fact) => others.flatMap((other) => other.valuesOf(fact))),
      [[3], [], []],
    )
  })

  it('are tried again to be freed, while those of others are', async () => {
    using database = aDatabase()
    await using first = database.anotherProcess()
    const broken = await first.owned()
    await using second = database.anotherProcess()
    await second.owned()
    await Promise.all([first.kill(), second.kill()])
    let isBroken = true
    const free = (id: number): Promise<number> =>
      isBroken && id === broken ? Promise.reject(new Error('the disk has failed')) : database.ledger.free(id)
    await using one = anOwner({ ledger: { ...database.ledger, free } })
    await one.clock.advance(150)
    assert.deepEqual([one.freed(), ids(database.ledger)], [[3], [broken, 3]])
    assert.equal(one.told.filter(([fact]) => fact === 'failed').length, 1)
    isBroken = false
    await one.clock.advance(400)
    assert.deepEqual([one.freed(), ids(database.ledger)], [[3, 3], [3]])
  })
})

describe('a living owner', () => {
  it('is not robbed, though its process stands still', onLinux, async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    const id = await other.owned()
    await using one = anOwner(database)
    await other.pause()
    await one.clock.advance(60_000)
    assert.deepEqual([one.freed(), database.ledger.has(id)], [[], true])
    other.resume()
    other.send('close')
    await other.ended()
    assert.deepEqual(other.valuesOf('robbed'), [])
  })

  it('is not robbed by another one in its own process', async () => {
    using database = aDatabase()
    await using one = anOwner(database)
    await one.owned()
    await using other = anOwner(database)
    await other.owned()
    for (const { clock } of [one, other]) await clock.advance(5_000)
    assert.deepEqual([one.told, other.told], [[['owned', 1]], [['owned', 2]]])
  })

  it('makes a lock file anew that was deleted', async () => {
    using database = aDatabase()
    await using one = anOwner(database)
    await one.owned()
    const lockFiles = database.lockFiles()
    rmSync(database.lockFileOf(1))
    await one.clock.advance(100)
    assert.deepEqual([database.lockFiles(), one.told], [lockFiles, [['owned', 1]]])
  })

  it('is not robbed whose lock file is missing for less than 2 s, even if it stands still', onLinux, async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    const id = await other.owned()
    await using one = anOwner(database)
    await other.pause()
    rmSync(database.lockFileOf(id))
    await one.clock.advance(1_900)
    other.resume()
    await until(() => database.isLocked(id))
    await one.clock.advance(10_000)
    assert.deepEqual([one.freed(), database.ledger.has(id), other.valuesOf('robbed')], [[], true, []])
  })

  it('whose lock file is missing for 2 s is robbed, and notices it when it goes on', onLinux, async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    const id = await other.owned()
    await using one = anOwner(database)
    await other.pause()
    rmSync(database.lockFileOf(id))
    await one.clock.advance(2_250)
    assert.deepEqual([one.freed(), database.ledger.has(id)], [[3], false])
    other.resume()
    assert.ok((await other.owned(2)) > id)
    assert.deepEqual([other.valuesOf('robbed'), database.lockFiles().length], [[id], 2])
  })
})
