import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { aFolder } from './folder.ts'
import { built, fromSource, ran } from './thread-program.ts'

/** Syncs twice in a thread, with a pool that never answers, then does what `end` says. */
const program = (sources: string, extension: string, end: string): string => `
  import { writeFileSync } from 'node:fs'
  import { startSyncThread as startThread } from '${sources}/store/sqlite/file/sync/sync-stand-in.${extension}'
  import { WalSync } from '${sources}/store/sqlite/file/sync/wal-sync.${extension}'

  const file = process.argv.at(-1)
  writeFileSync(file, 'written')
  const wal = new WalSync(file, () => new Promise(() => {}), { startThread })
  await wal.done()
  await wal.done()
  ${end}
  console.log('done')`

const CLOSED = 'await wal.close()'
const FORGOTTEN = ''
const EXITED = "process.on('exit', () => console.log('left')); void wal.done(); process.exit()"

describe('a program with a sync thread', () => {
  it('lives until its sync is done, and ends once it has closed it', async () => {
    using folder = aFolder()
    const result = await ran({ file: folder.file('a'), code: program(fromSource, 'ts', CLOSED) })
    assert.deepEqual(result, { code: 0, said: 'done\n' })
  })

  it('ends where it forgets to', async () => {
    using folder = aFolder()
    const result = await ran({ file: folder.file('a'), code: program(fromSource, 'ts', FORGOTTEN) })
    assert.deepEqual(result, { code: 0, said: 'done\n' })
  })

  it('ends where it exits in the middle', async () => {
    using folder = aFolder()
    const result = await ran({ file: folder.file('a'), code: program(fromSource, 'ts', EXITED) })
    assert.deepEqual(result, { code: 0, said: 'left\n' })
  })

  it('has one whatever it was started with itself', async () => {
    using folder = aFolder()
    writeFileSync(folder.file('hook.mjs'), 'globalThis.kept = Array.from({ length: 4_000_000 }, Math.random)')
    const hook = ['--import', folder.file('hook.mjs')]
    const code = program(fromSource, 'ts', CLOSED)
    const results = await Promise.all([
      ran({ file: folder.file('a'), nodeArgs: ['--import', 'tsx'], code }),
      ran({ file: folder.file('b'), nodeArgs: hook, code }),
      ran({ file: folder.file('c'), env: { NODE_OPTIONS: hook.join(' ') }, code }),
    ])
    for (const result of results) assert.deepEqual(result, { code: 0, said: 'done\n' })
  })

  it('has one where it is built', async () => {
    using folder = aFolder()
    const dist = built(folder, ['file/sync/wal-sync', 'file/sync/sync-thread'])
    const result = await ran({ file: folder.file('a'), code: program(dist, 'js', CLOSED) })
    assert.deepEqual(result, { code: 0, said: 'done\n' })
  })
})
