import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aFileOfJobs, byNumber, patiently, upTo, works } from './file-of-jobs.ts'

/** How often a process may be started again until it ends by itself. */
const MAX_LIVES = 30

describe('of two processes on one file', () => {
  it('the one that lives gets what was in work at the other, which was killed', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 10))
    await using victim = file.aProcess({ handlers: 'never', stops: 'by_signal' })
    await victim.told('began', 10)
    {
      await using here = file.here()
      await victim.kill()
      await here.hasDone(10)
      assert.deepEqual(here.began.toSorted(byNumber), upTo(10))
    }
    const jobs = await file.jobs()
    assert.deepEqual(
      jobs.map(({ state, deaths, attempts }) => [state, deaths, attempts]),
      upTo(10).map(() => ['done', 1, 0]),
    )
  })
})

describe('a message that kills its process', () => {
  it('is dead after 3 deaths, while all its neighbours are done', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 10), { task: 'poison', n: 0 }, ...works(11, 20))
    const ends: unknown[] = []
    while (ends.at(-1) !== 0 && ends.length < MAX_LIVES) {
      await using life = file.aProcess({ handlers: 'briefly', stops: 'when_idle' })
      ends.push(await life.ended())
    }
    const jobs = await file.jobs()
    const poison = jobs.find(({ task }) => task === 'poison')
    assert.deepEqual([poison?.state, poison?.reason, poison?.deaths], ['dead', 'deaths_used_up', 3])
    assert.deepEqual(
      jobs.filter(({ task, state }) => task === 'work' && state !== 'done'),
      [],
    )
    assert.deepEqual(ends, ['SIGKILL', 'SIGKILL', 'SIGKILL', 0])
  })
})
