import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, until } from '../../worker/running.ts'
import { numbered, storeFailures } from './faulty-worker.ts'
import { aFolder } from './folder.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const PAGE_BYTES = 4_096

/** In a process of its own: here the close would drop the locks of SQLite. */
function overwrite(file: string, page: number): void {
  const program = `
    const fs = require('node:fs')
    const fd = fs.openSync(process.argv[1], 'r+')
    fs.writeSync(fd, Buffer.alloc(${PAGE_BYTES}, 0xff), 0, ${PAGE_BYTES}, ${(page - 1) * PAGE_BYTES})`
  execFileSync(process.execPath, ['-e', program, file])
}

describe('a store whose file is damaged under it', () => {
  it('refuses sends with a code and tells of it, and the process lives', async () => {
    using folder = aFolder()
    using failures = storeFailures()
    const clock = new FakeClock()
    const file = folder.file('a.db')
    await using store = openSqlite(file, { clock })
    const { send } = numbered(store, clock)
    await send(1)
    const other = new Connection(file, { timeout: 0 })
    const [page] = other.prepare("select rootpage from sqlite_schema where name = 'willcall_file'").raw().get() as [
      number,
    ]
    other.pragma('wal_checkpoint(truncate)')
    other.exec("begin immediate; insert into willcall_fact values ('a', '')")
    overwrite(file, page)
    other.exec('commit').close()
    await until(async () => {
      await clock.jump()
      return failures.told.length > 0
    })
    assert.deepEqual(failures.told[0], { verb: 'claim', code: 'disk_failed' })
    await assert.rejects(send(2), codeOf('disk_failed'))
  })
})
