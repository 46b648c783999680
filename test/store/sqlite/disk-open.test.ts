import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { chdir, cwd } from 'node:process'
import { describe, it } from 'node:test'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../src/store/sqlite/file/migrations.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf } from '../../worker/running.ts'
import { aSmallDisk, cannotMount } from './faulty-disk.ts'
import { numbered } from './faulty-worker.ts'
import { aFolder } from './folder.ts'
import { Child } from './lock-child.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const clock = new FakeClock()
const NOBODY = 65_534

const changed = (file: string, sql: string): void => {
  new Connection(file, { timeout: 0 }).exec(sql).close()
}

const closedStore = (file: string): Promise<void> => openSqlite(file)[Symbol.asyncDispose]()

/** What is in a folder, byte for byte. */
const contentOf = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))

describe('a store is refused, and the file left as it is, with nothing beside it,', () => {
  async function refuses(make: (file: string) => unknown, message: RegExp): Promise<void> {
    using folder = aFolder()
    const file = folder.file('a.db')
    await make(file)
    const before = contentOf(folder.path)
    assert.throws(() => openSqlite(file), { name: 'WillcallError', code: 'database_refused', message, given: file })
    assert.deepEqual(contentOf(folder.path), before)
  }

  const withBytes =
    (at: number, ...bytes: readonly number[]) =>
    async (file: string): Promise<void> => {
      await closedStore(file)
      const content = readFileSync(file)
      content.set(bytes, at)
      writeFileSync(file, content)
    }

  it('where its header is damaged', async () => {
    await refuses(withBytes(0, 0x73), /it is no database/)
    await refuses(withBytes(16, 0x03, 0x03), /it is no database/)
    await refuses(withBytes(21, 1, 2, 3), /it is no database/)
    await refuses(withBytes(100, 0xff), /it is damaged/)
  })

  it('where it was cut off', async () => {
    await refuses(async (file) => {
      await closedStore(file)
      truncateSync(file, 5_000)
    }, /it is (?:damaged|no database)/)
    await refuses(async (file) => {
      await closedStore(file)
      truncateSync(file, 90)
    }, /it is (?:damaged|no database)/)
  })

  it("where it is another program's or of a newer version, in WAL mode too", async () => {
    await refuses((file) => changed(file, 'pragma journal_mode = wal; create table a(b)'), /it is another program's/)
    await refuses(async (file) => {
      await closedStore(file)
      changed(file, `pragma user_version = ${MIGRATIONS.length + 1}`)
    }, /a newer willcall wrote it/)
    await refuses(
      (file) => changed(file, `pragma application_id = ${APPLICATION_ID + 1}; pragma journal_mode = wal`),
      /it is another program's/,
    )
  })
})

describe('a store whose file has lost a table', () => {
  it('is refused, and nothing of it stays open', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    await closedStore(file)
    changed(file, 'drop table willcall_file')
    const refused = { name: 'WillcallError', code: 'database_refused', message: /it is damaged/, given: file }
    assert.throws(() => openSqlite(file), refused)
    const last = new Connection(file, { timeout: 0 })
    last.pragma('locking_mode = exclusive')
    assert.equal(last.pragma('journal_mode = delete', { simple: true }), 'delete')
    last.close()
  })
})

describe('the path of a store', () => {
  for (const name of [
    'with spaces.db',
    ' a\'b"c`d.db',
    'a?mode=ro&cache=shared.db',
    'a%20b%00.db',
    'Bücher-日本-🎫.db',
    'a\nb.db',
    '-a.db',
    'a;b$c*.db',
    'a.db-wal',
    `${'a'.repeat(200)}.db`,
  ]) {
    it(`may be ${JSON.stringify(name.slice(0, 30))}`, async () => {
      using folder = aFolder()
      mkdirSync(folder.file(`in ${name.slice(0, 30)}`))
      const file = folder.file(join(`in ${name.slice(0, 30)}`, name))
      {
        await using store = openSqlite(file, { clock })
        await numbered(store, clock).send(1)
        assert.ok(existsSync(file))
      }
      assert.deepEqual(readdirSync(join(file, '..')), [name])
      await using again = openSqlite(file, { clock })
      assert.equal((await again.count()).waiting, 1)
    })
  }

  for (const end of [' ', '\n', '\t', ' ']) {
    it(`must not end in ${JSON.stringify(end)}: another file would be opened`, async () => {
      using folder = aFolder()
      await closedStore(folder.file('a.db'))
      const before = contentOf(folder.path)
      const refused = { name: 'WillcallError', code: 'invalid_option', message: /must not end in white space/ }
      assert.throws(() => openSqlite(folder.file(`a.db${end}`)), refused)
      assert.throws(() => openSqlite(folder.file(`b.db${end}`)), refused)
      assert.deepEqual(contentOf(folder.path), before)
    })
  }

  it('may be relative, and stays the same file when the program goes to another folder', async () => {
    using folder = aFolder()
    mkdirSync(folder.file('in'))
    const before = cwd()
    const path = relative(before, folder.file('a.db'))
    await using store = openSqlite(path, { clock })
    const { send } = numbered(store, clock)
    await send(1)
    try {
      chdir(folder.file('in'))
      await send(2)
    } finally {
      chdir(before)
    }
    assert.deepEqual([(await store.count()).waiting, readdirSync(folder.file('in'))], [2, []])
  })

  it('may be a link to a file, or lead through one to its folder: both are the same store', async () => {
    using folder = aFolder()
    mkdirSync(folder.file('in'))
    const file = folder.file('in/a.db')
    await closedStore(file)
    symlinkSync(file, folder.file('link.db'))
    symlinkSync(folder.file('in'), folder.file('link'))
    await using one = openSqlite(folder.file('link.db'), { clock })
    await using two = openSqlite(folder.file('link/a.db'), { clock })
    await numbered(one, clock).send(1)
    await numbered(two, clock).send(2)
    assert.deepEqual([(await one.count()).waiting, (await two.count()).waiting], [2, 2])
    assert.deepEqual(readdirSync(folder.path).sort(), ['in', 'link', 'link.db'])
  })

  it('must not be a link to nothing, or to itself', () => {
    using folder = aFolder()
    symlinkSync(folder.file('nothing.db'), folder.file('a.db'))
    symlinkSync(folder.file('b.db'), folder.file('b.db'))
    const refused = (code: string, message: RegExp) => ({ name: 'WillcallError', code, message })
    const toNothing = refused('database_refused', /it is a link to a file that does not exist/)
    assert.throws(() => openSqlite(folder.file('a.db')), toNothing)
    assert.throws(() => openSqlite(folder.file('b.db')), refused('disk_failed', /its path is a link to itself/))
    assert.deepEqual(readdirSync(folder.path).sort(), ['a.db', 'b.db'])
  })

  it('must not be too long for the system or for SQLite', () => {
    using folder = aFolder()
    const long = Array.from({ length: 5 }, () => 'a'.repeat(150))
    mkdirSync(folder.file(join(...long)), { recursive: true })
    for (const name of ['a'.repeat(300), join(...long, 'a.db')]) {
      assert.throws(() => openSqlite(folder.file(name)), { name: 'WillcallError', code: 'disk_failed' })
    }
    assert.deepEqual(readdirSync(folder.file(join(...long))), [])
  })

  it('must not lead through a file', () => {
    using folder = aFolder()
    writeFileSync(folder.file('a'), '')
    assert.throws(() => openSqlite(folder.file('a/b.db')), { code: 'disk_failed', message: /its folder is a file/ })
  })

  it('must be that of a file: no folder, no pipe, no device', { skip: process.platform === 'win32' }, () => {
    using folder = aFolder()
    execFileSync('mkfifo', [folder.file('pipe')])
    for (const file of [folder.path, folder.file('pipe'), '/dev/null']) {
      assert.throws(() => openSqlite(file), { code: 'database_refused', message: /it is no file/ })
    }
  })
})

describe('a store that this user must not open', {
  skip: process.platform === 'win32' || process.getuid?.() !== 0 ? 'only root can be another user' : false,
}, () => {
  async function told(path: string): Promise<unknown> {
    await using child = new Child<string>('faulty-open.ts', [])
    child.send([path, NOBODY])
    await child.told((facts) => facts.length === 1)
    return child.facts[0]
  }

  async function aStore(modeOfFile: number, modeOfFolder: number) {
    const folder = aFolder()
    await closedStore(folder.file('a.db'))
    chmodSync(folder.file('a.db'), modeOfFile)
    chmodSync(folder.path, modeOfFolder)
    return { folder, before: contentOf(folder.path) }
  }

  for (const [what, file, folderMode] of [
    ['since the file is for another', 0o600, 0o777],
    ['since the folder is for another', 0o666, 0o700],
    ['since it may only read the file', 0o644, 0o777],
    ['since it may write nothing beside it', 0o666, 0o755],
  ] as const) {
    it(`${what}, is refused and left as it is`, async () => {
      const { folder, before } = await aStore(file, folderMode)
      using _ = folder
      assert.equal(await told(folder.file('a.db')), 'WillcallError disk_failed')
      assert.deepEqual(contentOf(folder.path), before)
    })
  }

  it('is not made in a folder that is for another', async () => {
    using folder = aFolder()
    chmodSync(folder.path, 0o755)
    assert.equal(await told(folder.file('a.db')), 'WillcallError disk_failed')
    assert.deepEqual(readdirSync(folder.path), [])
  })

  it('opens where it may', async () => {
    const { folder } = await aStore(0o666, 0o777)
    using _ = folder
    assert.equal(await told(folder.file('a.db')), 'opened')
  })
})

describe('a store on a disk that is read-only', { skip: cannotMount }, () => {
  it('is refused and left as it is', async () => {
    using disk = aSmallDisk(1_024)
    await closedStore(disk.file('a.db'))
    const before = contentOf(disk.path)
    disk.makeReadOnly()
    for (const name of ['a.db', 'b.db']) assert.throws(() => openSqlite(disk.file(name)), codeOf('disk_failed'))
    assert.deepEqual(contentOf(disk.path), before)
  })
})
