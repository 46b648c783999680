import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aFileOfJobs, type NumberedJob, patiently, upTo, works } from './file-of-jobs.ts'

const facts = (jobs: readonly NumberedJob[]) => jobs.map(({ state, attempts, deaths }) => [state, attempts, deaths])

describe('SIGTERM with work in flight', () => {
  it('lets handlers end, and leaves what had not begun untouched', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 20))
    await using process = file.aProcess({ handlers: 'when_told', concurrency: 5, stops: 'by_signal' })
    await process.told('began', 5)
    process.terminate()
    await process.told('stopping')
    process.go()
    assert.deepEqual([await process.ended(), process.valuesOf('began')], [0, upTo(5)])
    assert.deepEqual(facts(await file.jobs()), [
      ...upTo(5).map(() => ['done', 0, 0]),
      ...upTo(15).map(() => ['waiting', 0, 0]),
    ])
  })

  it('gives back what outlasts the grace: no attempt is spent, and no death counted', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 20))
    const hanging = { handlers: 'never', concurrency: 5, graceMs: 10, deadlineMs: 10, stops: 'by_signal' } as const
    await using process = file.aProcess(hanging)
    await process.told('began', 5)
    process.terminate()
    assert.equal(await process.ended(), 0)
    assert.deepEqual(
      facts(await file.jobs()),
      upTo(20).map(() => ['waiting', 0, 0]),
    )
    await using next = file.aProcess({ handlers: 'at_once', stops: 'when_idle' })
    assert.equal(await next.ended(), 0)
    assert.deepEqual(
      facts(await file.jobs()),
      upTo(20).map(() => ['done', 0, 0]),
    )
  })
})
