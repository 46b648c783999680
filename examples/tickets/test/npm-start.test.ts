import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { npmRun } from '../../shared/test/npm-run.ts'

describe('npm itself', { timeout: 60_000 }, () => {
  for (const script of ['start', 'tickets']) {
    it(`hands SIGTERM on to the service of "npm run ${script}", and ends after it with exit code 0`, async () => {
      using folder = temporaryFolder('tickets')
      using run = await npmRun(script, join(folder.path, 'tickets.db'))
      run.npm.kill('SIGTERM')
      assert.deepEqual(await run.ended, [0, null])
      await assert.rejects(fetch(`${run.url}/health`))
    })
  }
})
