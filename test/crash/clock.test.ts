import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { gate } from '../worker/running.ts'
import { aFileOfJobs, byNumber, patiently, upTo, works } from './file-of-jobs.ts'
import { JumpingClock } from './jumping-clock.ts'
import { until } from './until.ts'

const HOURS_MS = 3 * 3_600_000
const JUMPS = [
  ['forward', HOURS_MS],
  ['back', -HOURS_MS],
] as const

describe('a wall clock that is set 3 h', () => {
  for (const [direction, jumpMs] of JUMPS) {
    it(`${direction} between two runs lets nothing run twice or be lost, and once keeps`, patiently, async () => {
      using file = aFileOfJobs()
      const ids: unknown[] = []
      const began: (readonly number[])[] = []
      {
        await using here = file.here()
        began.push(here.began)
        ids.push(await here.worker.with({ once: 'order' }).send(...works(1, 3)))
        await here.hasDone(3)
      }
      await file.send(...works(4, 6))
      {
        await using here = file.here({}, { clock: new JumpingClock(systemClock, jumpMs) })
        began.push(here.began)
        ids.push(await here.worker.with({ once: 'order' }).send(...works(1, 3)))
        await here.worker.send(...works(7, 9))
        await until(() => here.began.length >= 6)
        await here.worker.send({ task: 'work', n: 10 })
      }
      await using here = file.here()
      began.push(here.began)
      ids.push(await here.worker.with({ once: 'order' }).send(...works(1, 3)))
      await until(async () => {
        const { waiting, running } = await here.worker.count()
        return waiting + running === 0
      })
      assert.deepEqual(began.flat().toSorted(byNumber), upTo(10))
      assert.deepEqual(ids, [ids[0], ids[0], ids[0]])
    })

    it(`${direction} during a run robs nobody, cuts nothing off, and lets nothing run twice`, patiently, async () => {
      using file = aFileOfJobs()
      const clocks = [new FakeClock(), new FakeClock()] as const
      const [jumping, other] = [new JumpingClock(clocks[0]), new JumpingClock(clocks[1])]
      const slow = gate()
      await file.send(...works(1, 5))
      await using here = file.here({ work: () => slow.opened }, { clock: jumping })
      await until(() => here.began.length === 5)
      await using there = file.here({}, { clock: other })
      for (const clock of [jumping, other]) clock.jump(jumpMs)
      for (const clock of clocks) await clock.advance(5_000)
      await here.worker.send({ task: 'work', n: 6 })
      await until(() => here.began.length + there.began.length === 6)
      for (const clock of [jumping, other]) clock.jump(-jumpMs)
      for (const clock of clocks) await clock.advance(5_000)
      slow.open()
      await until(async () => (await here.worker.count()).running === 0)
      assert.deepEqual([...here.began, ...there.began].toSorted(byNumber), upTo(6))
      assert.deepEqual(
        (await here.worker.list()).filter(({ deaths, attempts, state }) => deaths + attempts > 0 || state !== 'done'),
        [],
      )
    })
  }

  it('takes a job up earlier or later by no more than the clock was set', patiently, async () => {
    const delayMs = 10_000
    const startedMs: number[] = []
    for (const jumpMs of [0, HOURS_MS, -120_000]) {
      using file = aFileOfJobs()
      const clock = new FakeClock()
      const jumping = new JumpingClock(clock)
      await using here = file.here({ work: () => void startedMs.push(clock.elapsed()) }, { clock: jumping })
      await here.worker.with({ delayMs }).send({ task: 'work', n: 1 })
      await clock.advance(1_000)
      jumping.jump(jumpMs)
      await clock.advance(delayMs - 1_000 + Math.max(0, -jumpMs))
      await until(async () => (await here.worker.count()).done === 1)
    }
    assert.deepEqual(startedMs, [delayMs, delayMs, delayMs + 120_000])
  })
})
