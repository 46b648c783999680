import assert from 'node:assert/strict'
import { readFileSync, renameSync } from 'node:fs'
import { describe, it } from 'node:test'
import { closeUntouched } from '../../../src/store/sqlite/file/close-untouched.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { codeOf } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const LARGE = "insert into willcall_fact values ('a', hex(zeroblob(50000)))"

describe('a connection that is closed and leaves the file untouched', () => {
  it('does no checkpoint, though it is the last', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    database.exec(LARGE)
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(folder.file(`a.db${suffix}`)))
    const before = contents()
    closeUntouched(database)
    assert.deepEqual([database.open, contents()], [false, before])
    const again = openDatabase(folder.file('a.db'))
    assert.deepEqual(again.prepare('select count(*) from willcall_fact').raw().get(), [1])
    again.close()
  })

  it('may be closed already', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    database.close()
    closeUntouched(database)
  })

  it('stays open where the file is not where it was', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    renameSync(folder.file('a.db'), folder.file('b.db'))
    assert.throws(() => closeUntouched(database), codeOf('SQLITE_CANTOPEN'))
    assert.equal(database.open, true)
    renameSync(folder.file('b.db'), folder.file('a.db'))
    closeUntouched(database)
  })
})
