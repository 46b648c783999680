import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { aFolder } from './folder.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const fromSource = join(root, 'src')

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

interface Started {
  readonly file: string
  readonly nodeArgs?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly code: string
}

/** The exit code, and all that it said. */
async function ran({ file, nodeArgs = [], env = {}, code }: Started): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [...nodeArgs, '--input-type=module', '-e', code, file], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[exitCode], ...said] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code: exitCode as number, said: said.join('') }
}

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
    const dist = folder.file('dist')
    const files = ['file/checkpoint/checkpointer', 'file/checkpoint/checkpoint-thread', 'file/open-database'].map(
      (name) => join(fromSource, `store/sqlite/${name}.ts`),
    )
    const options = { outDir: dist, rootDir: fromSource, typeRoots: [join(root, 'node_modules/@types')] }
    const config = { extends: join(root, 'tsconfig.build.json'), compilerOptions: options, include: [], files }
    writeFileSync(folder.file('tsconfig.json'), JSON.stringify(config))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [compiler, '-p', folder.file('tsconfig.json')], { stdio: 'inherit' })
    writeFileSync(folder.file('package.json'), '{ "type": "module" }')
    mkdirSync(folder.file('node_modules'))
    symlinkSync(join(root, 'node_modules/better-sqlite3'), folder.file('node_modules/better-sqlite3'))
    const file = folder.file('a.db')
    assert.deepEqual(await ran({ file, code: program(dist, 'js', CLOSED) }), { code: 0, said: 'done\n' })
    assertWhole(file)
  })
})
