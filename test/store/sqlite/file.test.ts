import assert from 'node:assert/strict'
import { fdatasync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { type FileOptions, SqliteFile } from '../../../src/store/sqlite/file/file.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, gate, until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const require = createRequire(import.meta.url)
const Connection = require('better-sqlite3') as DatabaseConstructor

const sessionOf = (database: Database) => ({
  begin: () => {},
  end: () => {},
  committed: () => {},
  rolledBack: () => {},
  save: () => {},
  release: () => {},
  backToSaved: () => {},
  add: database.prepare('insert into willcall_fact values (?, ?)'),
  all: database.prepare('select name from willcall_fact order by name').raw(),
})

const open = (path: string, options: FileOptions = {}) => new SqliteFile(path, sessionOf, options)
type File = ReturnType<typeof open>

const add = (file: File, name: string): Promise<string> =>
  file.keep(({ add: insert }) => {
    insert.run(name, '')
    return name
  })

const namesIn = (file: File): unknown[] => file.session.all.all().map((row) => (row as string[])[0])

describe('what is written in one turn', () => {
  it('is one transaction, and resolves with what each change returns', async () => {
    using folder = aFolder()
    await using file = open(folder.file('a.db'))
    const reader = new Connection(folder.file('a.db'), { timeout: 0 })
    const seen: unknown[] = []
    const count = (): unknown => reader.prepare('select count(*) from willcall_fact').raw().get()
    const writes = ['a', 'b', 'c'].map((name) =>
      file.keep(({ add: insert }) => {
        insert.run(name, '')
        seen.push(count())
        return name
      }),
    )
    assert.deepEqual(await Promise.all(writes), ['a', 'b', 'c'])
    assert.deepEqual([seen, count()], [[[0], [0], [0]], [3]])
    reader.close()
  })

  it('loses only the change that throws', async () => {
    using folder = aFolder()
    await using file = open(folder.file('a.db'))
    const writes = await Promise.allSettled(['a', 'b', 'a', 'c'].map((name) => add(file, name)))
    assert.deepEqual(
      writes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(namesIn(file), ['a', 'b', 'c'])
  })
})

describe('what is kept', () => {
  it('is told so once its sync has ended, while what is only committed need not wait', async () => {
    using folder = aFolder()
    const slow = gate()
    await using file = open(folder.file('a.db'), { sync: () => slow.opened })
    let kept = false
    const keeping = add(file, 'a').then(() => (kept = true))
    await file.commit(({ add: insert }) => insert.run('b', ''))
    assert.deepEqual([kept, namesIn(file)], [false, ['a', 'b']])
    slow.open()
    await keeping
  })

  it('holds up what may come later while somebody waits for its sync, and only then', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    const slow = gate()
    let syncs = 0
    const sync = (): Promise<void> => {
      syncs += 1
      return slow.opened
    }
    await using file = open(folder.file('a.db'), { clock, sync })
    const later = (name: string): Promise<unknown> => file.commitSoon(({ add: insert }) => insert.run(name, ''))
    await later('a')
    await clock.advance(10)
    assert.equal(syncs, 1)
    await later('b')
    const keeping = add(file, 'c')
    await until(() => namesIn(file).length === 3)
    const waiting = later('d')
    for (let turns = 0; turns < 20; turns += 1) await systemClock.yield()
    assert.deepEqual(namesIn(file), ['a', 'b', 'c'])
    slow.open()
    await Promise.all([keeping, waiting])
    assert.deepEqual(namesIn(file), ['a', 'b', 'c', 'd'])
  })

  it('waits for no sync where it only has to outlive the process', async () => {
    using folder = aFolder()
    const sync = (): Promise<void> => assert.fail('it was synced')
    await using file = open(folder.file('a.db'), { sync, durability: 'process' })
    assert.equal(await add(file, 'a'), 'a')
  })

  it('is all there after a close and a new opening', async () => {
    using folder = aFolder()
    const first = open(folder.file('a.db'))
    const writes = Array.from({ length: 100 }, (_, n) => add(first, String(n)))
    await first.close()
    await Promise.all(writes)
    await using second = open(folder.file('a.db'))
    assert.equal(namesIn(second).length, 100)
  })

  it('cannot be kept any more once the file is closed', async () => {
    using folder = aFolder()
    const file = open(folder.file('a.db'))
    await file.close()
    await assert.rejects(add(file, 'a'), { code: 'disk_failed', message: /it is closed/ })
  })
})

describe('a lock that another process holds', () => {
  function held(path: string): Database {
    const other = new Connection(path, { timeout: 0 })
    other.exec('begin immediate')
    return other
  }

  it('is waited for without blocking the event loop', async () => {
    using folder = aFolder()
    await using file = open(folder.file('a.db'))
    const other = held(folder.file('a.db'))
    let kept = false
    const keeping = add(file, 'a').then(() => (kept = true))
    for (let turns = 0; turns < 20; turns += 1) await systemClock.yield()
    assert.equal(kept, false)
    other.exec('rollback').close()
    await keeping
  })

  it('for more than a second makes writes fail, and later ones succeed', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    await using file = open(folder.file('a.db'), { clock })
    const other = held(folder.file('a.db'))
    const refused = assert.rejects(add(file, 'a'), codeOf('database_busy'))
    await clock.advance(1_100)
    await refused
    other.exec('rollback').close()
    assert.equal(await add(file, 'b'), 'b')
  })
})

describe('a full disk', () => {
  it('makes writes fail, and those succeed that come when there is room again', async () => {
    using folder = aFolder()
    await using file = open(folder.file('a.db'))
    const pages = Number(file.database.pragma('page_count', { simple: true }))
    file.database.pragma(`max_page_count = ${pages}`)
    const tooMuch = file.keep(({ add: insert }) => insert.run('large', 'x'.repeat(100_000)))
    await assert.rejects(tooMuch, { code: 'disk_full', message: /the disk is full/ })
    file.database.pragma('max_page_count = 1000000')
    assert.equal(await add(file, 'a'), 'a')
    assert.deepEqual(namesIn(file), ['a'])
  })
})

describe('a disk that fails', () => {
  it('takes back what it was told to keep, and goes on once the file is found whole', async () => {
    using folder = aFolder()
    const clock = new FakeClock()
    const system = promisify(fdatasync)
    let fails = 2
    const sync = async (fd: number): Promise<void> => {
      fails -= 1
      if (fails >= 0) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
      await system(fd)
    }
    await using file = open(folder.file('a.db'), { clock, sync })
    await assert.rejects(add(file, 'a'), { code: 'disk_failed', message: /the disk has failed/ })
    await assert.rejects(add(file, 'b'), codeOf('disk_failed'))
    let kept = false
    await until(async () => {
      await clock.jump()
      kept = await add(file, 'c').then(
        () => true,
        () => false,
      )
      return kept
    })
    assert.ok(namesIn(file).includes('c') && !namesIn(file).includes('b'))
  })
})
