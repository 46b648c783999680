import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aFileOfJobs, byNumber, onLinux, patiently, upTo, works } from './file-of-jobs.ts'

describe('a process that lives', () => {
  it(
    'is not robbed while it stands still longer than a rescue takes, and then ends its jobs once',
    onLinux,
    async () => {
      using file = aFileOfJobs()
      await file.send(...works(1, 5))
      await using still = file.aProcess({ handlers: 'when_told', concurrency: 5, stops: 'by_signal' })
      await still.told('began', 5)
      await file.send(...works(6, 10))
      await using victim = file.aProcess({ handlers: 'never', stops: 'by_signal' })
      await victim.told('began', 5)
      await using here = file.here()
      await still.pause()
      // Whoever frees the jobs of the one has looked at the other as long.
      await victim.kill()
      await here.hasDone(5)
      still.resume()
      still.go()
      await still.told('done', 5)
      still.terminate()
      assert.equal(await still.ended(), 0)
      assert.deepEqual([here.began.toSorted(byNumber), still.valuesOf('failed')], [[6, 7, 8, 9, 10], []])
      const jobs = await file.jobs()
      assert.deepEqual(
        jobs.map(({ state, deaths }) => [state, deaths]),
        [...upTo(5).map(() => ['done', 0]), ...upTo(5).map(() => ['done', 1])],
      )
    },
  )

  it('is not robbed while a handler blocks its event loop, and runs nothing twice', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 2))
    await using busy = file.aProcess({ handlers: 'busy', concurrency: 1, stops: 'when_idle' })
    await busy.told('began')
    {
      await using here = file.here()
      await busy.told('done', 1)
      await here.hasDone(2)
      assert.equal(await busy.ended(), 0)
      const handled = [...here.began, ...busy.valuesOf('began').map(Number)]
      assert.deepEqual(handled.toSorted(byNumber), [1, 2])
    }
    assert.deepEqual(
      (await file.jobs()).map(({ state, deaths }) => [state, deaths]),
      [
        ['done', 0],
        ['done', 0],
      ],
    )
  })
})
