import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aFileOfJobs, patiently } from './file-of-jobs.ts'
import { killLoop } from './kill-loop.ts'

const JOBS = 1_000

describe('a worker that is killed three times while it sends and works', () => {
  it('loses nothing, and runs twice only what was in work or not yet written', patiently, async () => {
    using file = aFileOfJobs()
    const told = await killLoop({ path: file.path, seed: 1, jobs: JOBS, kills: 3 })
    const { acknowledged, lost, again, mayRunAgain, unexplained, failures } = told
    assert.ok(acknowledged >= JOBS)
    assert.ok(again <= mayRunAgain)
    assert.deepEqual([lost, unexplained, failures], [[], [], []])
  })
})
