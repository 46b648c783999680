import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { codeOf } from '../../worker/running.ts'
import { aDatabase, anOwner, ids } from './owner-processes.ts'

describe('an owner', () => {
  it('holds its lock before its row is there, and has a number once it is', async () => {
    using database = aDatabase()
    let lockFiles = -1
    const add = (lockFile: string): Promise<number> => {
      lockFiles = database.lockFiles().length
      return database.ledger.add(lockFile)
    }
    await using first = anOwner({ ledger: { ...database.ledger, add } })
    assert.deepEqual([first.owner.id, lockFiles], [undefined, 1])
    await first.owned()
    assert.deepEqual([first.told, ids(database.ledger)], [[['owned', 1]], [1]])
  })

  it('leaves neither row nor file nor timer when it is closed, once or twice', async () => {
    using database = aDatabase()
    const { owner, clock, owned } = anOwner(database)
    await owned()
    await clock.advance(1_000)
    await Promise.all([owner.close(), owner.close()])
    await owner.close()
    assert.deepEqual([owner.id, ids(database.ledger), database.lockFiles()], [undefined, [], []])
    assert.equal(await clock.jump(), false)
  })

  it('can be closed before it has its number', async () => {
    using database = aDatabase()
    const { owner } = anOwner(database)
    await owner.close()
    assert.deepEqual([ids(database.ledger), database.lockFiles()], [[], []])
  })

  it('lets its process end once it is closed', async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    await other.owned()
    other.send('close')
    assert.equal(await other.ended(), 0)
    assert.deepEqual([other.valuesOf('closed').length, ids(database.ledger), database.lockFiles()], [1, [], []])
  })

  it('never gets a number that another had', async () => {
    using database = aDatabase()
    for (const number of [1, 2, 3]) {
      await using one = anOwner(database)
      await one.owned()
      assert.equal(one.owner.id, number)
    }
  })

  it('tells what it could not do, and tries again', async () => {
    using database = aDatabase()
    let failures = 2
    const broken = Object.assign(new Error('the disk has failed'), { code: 'disk_failed' })
    const add = (lockFile: string): Promise<number> => {
      failures -= 1
      return failures < 0 ? database.ledger.add(lockFile) : Promise.reject(broken)
    }
    await using one = anOwner({ ledger: { ...database.ledger, add } })
    await one.clock.advance(200)
    await one.owned()
    assert.deepEqual(one.told, [
      ['failed', broken],
      ['failed', broken],
      ['owned', 1],
    ])
  })

  it('cannot begin where no lock file can be made', () => {
    using database = aDatabase()
    const unable = { name: database.path, constructor: function Unable() {} } as unknown as Database
    assert.throws(() => anOwner(database, { database: unable }), codeOf('disk_failed'))
    assert.deepEqual(database.lockFiles(), [])
  })

  it('whose row cannot be taken away is found dead by the next one', async () => {
    using database = aDatabase()
    const remove = (): Promise<void> => Promise.reject(new Error('the disk has failed'))
    const first = anOwner({ ledger: { ...database.ledger, remove } })
    await first.owned()
    await database.ledger.claim(1, 2)
    await first.owner.close()
    await using second = anOwner(database)
    await second.clock.advance(150)
    assert.deepEqual([second.freed(), ids(database.ledger)], [[2], [2]])
  })
})

describe('an owner that is robbed', () => {
  it('is told so within 100 ms, and goes on with another number and another lock file', async () => {
    using database = aDatabase()
    await using one = anOwner(database)
    await one.owned()
    const lockFiles = database.lockFiles()
    await database.ledger.free(1)
    await one.clock.advance(100)
    await one.owned()
    assert.deepEqual(one.told, [
      ['owned', 1],
      ['robbed', 1],
      ['owned', 2],
    ])
    assert.deepEqual([ids(database.ledger), database.lockFiles().length], [[2], 1])
    assert.notDeepEqual(database.lockFiles(), lockFiles)
  })

  it('has no number until it has got another', async () => {
    using database = aDatabase()
    await using one = anOwner(database, { onRobbed: () => assert.equal(one.owner.id, undefined) })
    await one.owned()
    await database.ledger.free(1)
    one.owner.robbed(1)
    assert.equal(one.owner.id, undefined)
    one.owner.robbed(1)
    await one.owned()
    one.owner.robbed(1)
    assert.deepEqual([one.owner.id, ids(database.ledger)], [2, [2]])
  })
})

describe('an owner that begins', () => {
  it('sweeps the lock files of those who died before their row was there', async () => {
    using database = aDatabase()
    await using other = database.anotherProcess()
    const id = await other.owned()
    await other.kill()
    await database.ledger.remove(id)
    assert.equal(database.lockFiles().length, 1)
    await using one = anOwner(database)
    await one.owned()
    assert.equal(database.lockFileOf(2).endsWith(database.lockFiles().join()), true)
  })
})
