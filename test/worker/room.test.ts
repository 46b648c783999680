import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock, task, Worker } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { gate, running } from './running.ts'

describe('concurrency', () => {
  it('is 10 unless told otherwise, and is used', async () => {
    const clock = new FakeClock()
    for (const [options, expected] of [
      [{}, 10],
      [{ concurrency: 3 }, 3],
    ] as const) {
      const { opened, open } = gate()
      let inWork = 0
      const worker = new Worker({ tasks: { a: () => ((inWork += 1), opened) }, ...options })
      await using _ = running(worker)
      await worker.send(...Array.from({ length: 20 }, () => ({ task: 'a' as const })))
      await clock.yield()
      assert.equal(inWork, expected)
      open()
      await worker.idle()
    }
  })

  it('of a task bounds that task alone: 100 fast jobs behind a slow task do not wait for it', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    let slow = 0
    let fast = 0
    const worker = new Worker({
      tasks: {
        slow: task({ run: () => ((slow += 1), opened), concurrency: 2 }),
        fast: async () => void (fast += 1),
      },
      capacity: 200,
    })
    await using _ = running(worker)
    for (let sent = 0; sent < 100; sent += 1) await worker.send({ task: 'slow' })
    for (let sent = 0; sent < 100; sent += 1) await worker.send({ task: 'fast' })
    while (fast < 100) await clock.yield()
    assert.equal(slow, 2)
    open()
    await worker.idle()
    assert.equal(slow, 100)
  })

  it('is shared by the tasks in turn', async () => {
    const order: string[] = []
    const worker = new Worker({
      tasks: { a: async () => void order.push('a'), b: async () => void order.push('b') },
      concurrency: 1,
    })
    await worker.send(
      ...Array.from({ length: 4 }, () => ({ task: 'a' as const })),
      ...Array.from({ length: 4 }, () => ({ task: 'b' as const })),
    )
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual(order.join(''), 'abababab')
  })
})

describe('the loop', () => {
  it('is fair to timers and sockets: an interval goes off while messages never stop', async () => {
    let stop = false
    const worker = new Worker({ tasks: { a: async () => {} } })
    await using _ = running(worker)
    const until = systemClock.elapsed() + 5_000
    const timer = systemClock.after(50, () => (stop = true))
    while (!stop && systemClock.elapsed() < until) await worker.send({ task: 'a' }, { task: 'a' })
    timer.cancel()
    assert.equal(stop, true)
  })

  it('does not let synchronous handlers keep the event loop', async () => {
    let stop = false
    const worker = new Worker({
      tasks: {
        a: () => {
          const until = systemClock.elapsed() + 1
          while (systemClock.elapsed() < until);
        },
      },
      capacity: 1_000,
    })
    await worker.send(...Array.from({ length: 1_000 }, () => ({ task: 'a' as const })))
    const timer = systemClock.after(5, () => (stop = true))
    await using run = running(worker)
    while (!stop) await systemClock.yield()
    const { waiting } = await worker.count()
    assert.ok(waiting > 500, `the timer waited until ${waiting} messages were left`)
    await run.stop()
    timer.cancel()
  })
})
