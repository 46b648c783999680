import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../demo/temporary-folder.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Starts the package's script and resolves once it listens. Its stdin is held, so that nothing outlives a failed test. */
const npmStart = async (script: string, database: string) => {
  const npm = spawn('npm', ['run', script], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', DATABASE: database, STOP_WITH_PARENT: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  npm.stderr.resume()
  const ended = once(npm, 'exit')
  const lines = createInterface({ input: npm.stdout })
  for await (const line of lines) {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { npm, ended, url }
  }
  throw new Error('it ended before it listened')
}

describe('npm itself', { timeout: 60_000 }, () => {
  for (const script of ['start', 'tickets']) {
    it(`hands SIGTERM on to the service of "npm run ${script}", and ends after it with exit code 0`, async () => {
      using folder = temporaryFolder()
      const { npm, ended, url } = await npmStart(script, join(folder.path, 'tickets.db'))
      try {
        npm.kill('SIGTERM')
        assert.deepEqual(await ended, [0, null])
        await assert.rejects(fetch(`${url}/health`))
      } finally {
        npm.stdin.destroy()
      }
    })
  }
})
