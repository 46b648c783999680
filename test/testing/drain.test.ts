import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { RetryAfter } from '../../src/core/errors.ts'
import { drain } from '../../src/testing/drain.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Worker } from '../../src/worker/worker.ts'

interface Numbered {
  readonly n: number
}

const untilAborted = (signal: AbortSignal): Promise<readonly never[]> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve([])))

describe('drain', () => {
  it('runs the worker until nothing is left, and stops it', async () => {
    const done: number[] = []
    const worker = new Worker({ tasks: { a: ({ n }: Numbered) => void done.push(n) } })
    await worker.send({ task: 'a', n: 1 }, { task: 'a', n: 2 })
    await drain(worker)
    assert.deepEqual(done, [1, 2])
    await worker.send({ task: 'a', n: 3 })
    await systemClock.yield()
    assert.equal((await worker.count()).waiting, 1)
  })

  it('can be done again, and at once where nothing is left', async () => {
    const done: number[] = []
    const worker = new Worker({ tasks: { a: ({ n }: Numbered) => void done.push(n) } })
    await drain(worker)
    await worker.send({ task: 'a', n: 1 })
    await drain(worker)
    await drain(worker, new FakeClock())
    assert.deepEqual(done, [1])
  })

  it('waits for what its handlers send', async () => {
    const done: number[] = []
    const worker: Worker<{ a: (payload: Numbered) => Promise<void> }> = new Worker({
      tasks: {
        a: async ({ n }: Numbered) => {
          done.push(n)
          if (n < 3) await worker.send({ task: 'a', n: n + 1 })
        },
      },
    })
    await worker.send({ task: 'a', n: 1 })
    await drain(worker)
    assert.deepEqual(done, [1, 2, 3])
  })

  it('waits for handlers that take their time, with a fake clock too', async () => {
    for (const clock of [undefined, new FakeClock()]) {
      let done = 0
      const slow = async (): Promise<void> => {
        for (let turn = 0; turn < 20; turn += 1) await systemClock.yield()
        done += 1
      }
      const worker = new Worker({ tasks: { slow }, ...(clock && { clock }) })
      await worker.send({ task: 'slow' }, { task: 'slow' })
      await drain(worker, clock)
      assert.equal(done, 2)
      assert.equal(clock?.elapsed() ?? 0, 0)
    }
  })
})

describe('drain with the worker’s fake clock', () => {
  it('goes through 25 attempts with back-off to 5 min at once', async () => {
    const clock = new FakeClock()
    const started: number[] = []
    const worker = new Worker({
      clock,
      random: () => 1 - 2 ** -53,
      tasks: {
        a: () => {
          started.push(clock.elapsed())
          throw new Error('it is down')
        },
      },
    })
    await worker.send({ task: 'a' })
    const before = systemClock.elapsed()
    await drain(worker, clock)
    assert.ok(systemClock.elapsed() - before < 30_000)
    const waits = started.slice(1).map((at, index) => at - (started[index] as number))
    assert.deepEqual(
      waits.slice(0, 10),
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * 1_000),
    )
    assert.deepEqual([started.length, waits.at(-1), (await worker.count()).dead], [25, 300_000, 1])
  })

  it('goes on to jobs that were sent for later, and to those that were snoozed', async () => {
    const clock = new FakeClock()
    const started: string[] = []
    let snoozed = false
    const worker = new Worker({
      clock,
      tasks: {
        later: () => void started.push(`later at ${clock.elapsed()}`),
        snoozed: () => {
          started.push(`snoozed at ${clock.elapsed()}`)
          if (snoozed) return
          snoozed = true
          throw new RetryAfter(7_200_000)
        },
      },
    })
    await worker.with({ delayMs: 3_600_000 }).send({ task: 'later' })
    await worker.send({ task: 'snoozed' })
    await drain(worker, clock)
    assert.deepEqual(started, ['snoozed at 0', 'later at 3600000', 'snoozed at 7200000'])
  })

  it('stands still while a handler is in work', async () => {
    const clock = new FakeClock()
    const worker = new Worker({
      clock,
      timeoutMs: 10,
      tasks: {
        a: async () => {
          for (let turn = 0; turn < 50; turn += 1) await systemClock.yield()
          assert.equal(clock.elapsed(), 0)
        },
      },
    })
    await worker.send({ task: 'a' })
    await drain(worker, clock)
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 1, dead: 0 })
  })
})

describe('drain of a worker that runs already', () => {
  for (const clock of [undefined, new FakeClock()]) {
    it(`rejects, ${clock ? 'with a fake clock' : 'without one'}, and the worker goes on`, async () => {
      const stop = new AbortController()
      const { promise, resolve } = Promise.withResolvers<void>()
      const worker = new Worker({ tasks: { a: () => promise }, ...(clock && { clock }) })
      await worker.send({ task: 'a' })
      const running = worker.run(stop.signal)
      await assert.rejects(drain(worker, clock), { code: 'already_running' })
      resolve()
      await worker.idle()
      assert.equal((await worker.count()).done, 1)
      stop.abort()
      await running
    })
  }
})

describe('drain of what is not a whole worker', () => {
  const counts = { waiting: 1, running: 0, done: 0, dead: 0 }
  it('rejects with what idle rejects with, and stops it', async () => {
    const error = new Error('the store is down')
    let stopped = false
    const run = async (signal: AbortSignal): Promise<readonly never[]> => {
      await untilAborted(signal)
      stopped = true
      return []
    }
    await assert.rejects(
      drain({ run, idle: () => Promise.reject(error), count: async () => counts }, new FakeClock()),
      error,
    )
    assert.equal(stopped, true)
  })

  it('waits for the end where the clock has no timer to go on to', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    void systemClock
      .yield()
      .then(() => systemClock.yield())
      .then(() => systemClock.yield())
      .then(resolve)
    await drain({ run: untilAborted, idle: () => promise, count: async () => counts }, new FakeClock())
  })
})
