import assert from 'node:assert/strict'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { LockFiles } from '../../../src/store/sqlite/owner/lock-files.ts'
import { aDatabase, aHolder, Connection, stateOf } from './lock-holder.ts'

describe('a lock file of a database', () => {
  it('is found by whatever path its database was opened', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    const name = await holder.name()
    symlinkSync(database.path, database.file('b.db'))
    assert.equal(stateOf(new LockFiles(database.file('b.db'), Connection), name), 'alive')
  })

  it('is not taken where it cannot be told whether its holder lives', () => {
    using database = aDatabase()
    const name = '-owner-00000000-0000-0000-0000-000000000000'
    mkdirSync(`${database.path}${name}`)
    assert.equal(stateOf(database.files, name), 'alive')
  })

  it('is nothing with another name: no file of the user is taken or deleted', () => {
    using database = aDatabase()
    writeFileSync(database.file('a.db-owner-notes'), '')
    for (const name of ['-owner-notes', '', '/../a.db', '-owner-00000000-0000-0000-0000-000000000000/../a.db']) {
      assert.equal(stateOf(database.files, name), 'missing')
    }
    database.files.sweep(new Set())
    assert.deepEqual(database.beside(), ['a.db', 'a.db-owner-notes'])
  })

  it('cannot be made where nothing can be written, and that is told', () => {
    using database = aDatabase()
    const full = function Full() {
      throw Object.assign(new Error('the disk is full'), { code: 'SQLITE_FULL' })
    } as unknown as DatabaseConstructor
    const files = new LockFiles(database.path, full)
    assert.throws(() => files.hold(), { code: 'disk_failed', message: /cannot be made/ })
    assert.deepEqual(database.beside(), ['a.db'])
  })
})

describe('files that processes have left', () => {
  it('are swept, but for those of the living and those that belong to an owner', async () => {
    using database = aDatabase()
    await using living = aHolder(database.path)
    await using killed = aHolder(database.path)
    await using owner = aHolder(database.path)
    const names = [await living.name(), await killed.name(), await owner.name()] as const
    await killed.kill()
    await owner.kill()
    const ours = database.files.hold()
    database.files.sweep(new Set([names[2]]))
    const left = [names[0], names[2], ours.name].map((name) => `a.db${name}`)
    assert.deepEqual(database.beside(), ['a.db', ...left.sort()])
    ours.file.release()
    assert.equal(existsSync(ours.file.path), false)
  })
})
