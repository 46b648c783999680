import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { describe, it } from 'node:test'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../src/store/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { codeOf } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const require = createRequire(import.meta.url)
const Connection = require('better-sqlite3') as DatabaseConstructor

describe('a database', () => {
  it('is made where there is none, for this user alone', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    assert.equal(database.pragma('application_id', { simple: true }), APPLICATION_ID)
    assert.equal(database.pragma('user_version', { simple: true }), MIGRATIONS.length)
    for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(folder.file(`a.db${suffix}`)).mode & 0o777, 0o600)
    database.close()
  })

  it('keeps what it has when it is opened again', () => {
    using folder = aFolder()
    const first = openDatabase(folder.file('a.db'))
    first.exec("insert into willcall_fact values ('a', '1')")
    first.close()
    const second = openDatabase(folder.file('a.db'))
    assert.deepEqual(second.prepare('select value from willcall_fact').get(), { value: '1' })
    second.close()
  })

  it('is opened as it has to be: WAL, NORMAL, and no waiting for locks', () => {
    using folder = aFolder()
    const database = openDatabase(folder.file('a.db'))
    const pragmas = ['journal_mode', 'synchronous', 'checkpoint_fullfsync', 'busy_timeout', 'trusted_schema']
    assert.deepEqual(
      pragmas.map((pragma) => database.pragma(pragma, { simple: true })),
      ['wal', 1, 1, 0, 0],
    )
    database.close()
  })

  it('has a name that no other has', () => {
    using folder = aFolder()
    const names = ['a.db', 'b.db'].map((file) => {
      const database = openDatabase(folder.file(file))
      const [name] = database.prepare('select name from willcall_file').raw().get() as [string]
      database.close()
      return name
    })
    assert.match(names[0] ?? '', /^[\da-f]{16}$/)
    assert.notEqual(names[0], names[1])
  })

  it('is migrated once, however many processes open it at once', async () => {
    using folder = aFolder()
    const program = `
      import { openDatabase } from ${JSON.stringify(new URL('../../../src/store/sqlite/file/open-database.ts', import.meta.url))}
      openDatabase(process.argv[1]).close()`
    const opened = Array.from({ length: 4 }, async () => {
      const args = ['--input-type=module', '-e', program, folder.file('a.db')]
      const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number]
      return code
    })
    assert.deepEqual(await Promise.all(opened), [0, 0, 0, 0])
    const database = openDatabase(folder.file('a.db'))
    assert.deepEqual(database.prepare('select count(*) from willcall_file').raw().get(), [1])
    database.close()
  })
})

describe('a file is refused, and left as it is,', () => {
  function refuses(make: (file: string) => void, code: string, message: RegExp): void {
    using folder = aFolder()
    const file = folder.file('a.db')
    make(file)
    const before = readFileSync(file)
    assert.throws(() => openDatabase(file), { code, message, given: file })
    assert.deepEqual(readFileSync(file), before)
  }

  const changed = (file: string, sql: string): void => {
    new Connection(file, { timeout: 0 }).exec(sql).close()
  }

  it('that is no database', () => {
    refuses((file) => writeFileSync(file, 'orders: none\n'.repeat(100)), 'database_refused', /it is no database/)
  })

  it("that is another program's, with or without tables of its own", () => {
    refuses((file) => changed(file, 'create table a(b)'), 'database_refused', /it is another program's/)
    refuses((file) => changed(file, 'pragma application_id = 7'), 'database_refused', /it is another program's/)
  })

  it('that a newer version wrote', () => {
    const newer = `pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length + 1}`
    refuses((file) => changed(file, newer), 'database_refused', /a newer willcall wrote it/)
  })

  it('that another program holds locked', () => {
    let holder: ReturnType<typeof openDatabase> | undefined
    refuses(
      (file) => {
        changed(file, `pragma application_id = ${APPLICATION_ID}`)
        holder = new Connection(file, { timeout: 0 })
        holder.exec('begin exclusive')
      },
      'database_busy',
      /another program holds it locked/,
    )
    holder?.close()
  })

  it('that is a folder', () => {
    using folder = aFolder()
    mkdirSync(folder.file('a.db'))
    assert.throws(() => openDatabase(folder.file('a.db')), codeOf('database_refused'))
  })
})

describe('no database is made', () => {
  it('in a folder that does not exist', () => {
    using folder = aFolder()
    const file = folder.file('no/a.db')
    assert.throws(() => openDatabase(file), { code: 'disk_failed', message: /its folder does not exist/ })
  })

  it('from what is no path of a file', () => {
    for (const given of ['', ':memory:', 'file:a.db', 'a\0b', undefined as unknown as string]) {
      assert.throws(() => openDatabase(given), codeOf('invalid_option'))
    }
  })

  it('without better-sqlite3', () => {
    using folder = aFolder()
    const load = (() => {
      throw new Error('Cannot find module')
    }) as unknown as NodeJS.Require
    assert.throws(() => openDatabase(folder.file('a.db'), load), codeOf('unsupported'))
    assert.equal(existsSync(folder.file('a.db')), false)
  })

  const isRoot = getuid?.() === 0 && process.platform === 'linux'
  it('on a disk that is full, and nothing is left there', {
    skip: isRoot ? false : 'only root can mount a small disk',
  }, () => {
    const disk = mkdtempSync(join(tmpdir(), 'willcall-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(60 * 1_024))
      assert.throws(() => openDatabase(join(disk, 'a.db')), codeOf('disk_full'))
      assert.equal(existsSync(join(disk, 'a.db')), false)
      execFileSync('mount', ['-o', 'remount,ro', disk])
      assert.throws(() => openDatabase(join(disk, 'b.db')), codeOf('disk_failed'))
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  })
})
