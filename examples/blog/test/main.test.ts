import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loaderFlags } from '../../shared/child.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { runProgram } from '../../shared/test/program.ts'

const MAIN = new URL('../main.ts', import.meta.url)
const README = new URL('../README.md', import.meta.url)

describe('npm run blog', { timeout: 300_000 }, () => {
  it('prints what its README shows', async () => {
    const { code, stdout, stderr } = await runProgram(MAIN, { SEED: '' })
    const [, shown] = /^```text\n(.*?)^```/ms.exec(readFileSync(README, 'utf8')) ?? []
    assert.deepEqual({ code, stderr, stdout }, { code: 0, stderr: '', stdout: shown })
  })

  it('stops on Ctrl-C with exit code 130, and takes its files away', async () => {
    using folder = temporaryFolder('blog')
    const child = spawn(process.execPath, [...loaderFlags(), fileURLToPath(MAIN)], {
      env: { ...process.env, TMPDIR: folder.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'exit')
    await once(createInterface({ input: child.stdout }), 'line')
    child.kill('SIGINT')
    const [[code], stderr] = await Promise.all([ended, text(child.stderr)])
    assert.deepEqual([code, stderr], [130, 'stopped by SIGINT\n'])
    assert.deepEqual(readdirSync(folder.path), [])
  })

  it('does not start with a seed that is none, and says why', async () => {
    const { code, stdout, stderr } = await runProgram(MAIN, { SEED: '-1' })
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(stderr, 'RangeError: SEED must be a whole number from 0 to 4294967295, got -1\n')
  })
})
