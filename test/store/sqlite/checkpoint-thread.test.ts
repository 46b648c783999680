import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { aFolder } from './folder.ts'
import { built, fromSource, ran } from './thread-program.ts'

/** Writes until its thread has done a checkpoint, then does what `end` says. */
const program = (sources: string, extension: string, end: string): string => `
  import { Checkpointer } from '${sources}/store/sqlite/file/checkpoint/checkpointer.${extension}'
  import { openDatabase } from '${sources}/store/sqlite/file/open-database.${extension}'

  const database = openDatabase(process.argv.at(-1))
  const failed = (error) => { throw error }
  const checkpointer = new Checkpointer(database, { failed })
  const insert = database.prepare('insert into willcall_fact values (lower(hex(randomblob(16))), hex(zeroblob(2000)))')
  const checkpoint = database.prepare('pragma wal_checkpoint(noop)').raw()
  while (checkpoint.get()[2] <= 0) {
    try { insert.run() } catch (error) { if (error.code !== 'SQLITE_BUSY') throw error }
    checkpointer.committed()
    await new Promise(setImmediate)
  }
  ${end}
  console.log('done')`

const CLOSED = 'await checkpointer.close(); database.close()'
const FORGOTTEN = ''
const EXITED = "process.on('exit', () => console.log('left')); process.exit()"

function assertWhole(file: string): void {
  const database = openDatabase(file)
  assert.equal(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
}

describe('a program with a checkpoint thread', () => {
  it('ends once it has closed it', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    assert.deepEqual(await ran({ file, code: program(fromSource, 'ts', CLOSED) }), { code: 0, said: 'done\n' })
    assertWhole(file)
  })

  it('ends where it forgets to', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    assert.deepEqual(await ran({ file, code: program(fromSource, 'ts', FORGOTTEN) }), { code: 0, said: 'done\n' })
    assertWhole(file)
  })

  it('ends where it exits in the middle', async () => {
    using folder = aFolder()
    const file = folder.file('a.db')
    assert.deepEqual(await ran({ file, code: program(fromSource, 'ts', EXITED) }), { code: 0, said: 'left\n' })
    assertWhole(file)
  })

  it('has one whatever it was started with itself', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('hook.mjs'), 'globalThis.kept = Array.from({ length: 4_000_000 }, Math.random)')
    const hook = ['--import', folder.file('hook.mjs')]
    const code = program(fromSource, 'ts', CLOSED)
    const results = await Promise.all([
      ran({ file: folder.file('a.db'), nodeArgs: ['--import', 'tsx'], code }),
      ran({ file: folder.file('b.db'), nodeArgs: hook, code }),
      ran({ file: folder.file('c.db'), env: { NODE_OPTIONS: hook.join(' ') }, code }),
    ])
    for (const result of results) assert.deepEqual(result, { code: 0, said: 'done\n' })
  })

  it('has one where it is built', async () => {
    using folder = aFolder()
    const dist = built(folder, [
      'file/checkpoint/checkpointer',
      'file/checkpoint/checkpoint-thread',
      'file/open-database',
    ])
    mkdirSync(folder.file('node_modules'))
    symlinkSync(join(fromSource, '../node_modules/better-sqlite3'), folder.file('node_modules/better-sqlite3'))
    const file = folder.file('a.db')
    assert.deepEqual(await ran({ file, code: program(dist, 'js', CLOSED) }), { code: 0, said: 'done\n' })
    assertWhole(file)
  })
})
