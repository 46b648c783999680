import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Upstream } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'

describe('the limit of an upstream', () => {
  it('is how many calls may begin within the interval, counted from their ends', async () => {
    const clock = new FakeClock()
    const upstream = new Upstream('receipts', { limit: 2, intervalMs: 1_000, clock })
    upstream.begin()?.end()
    const second = upstream.begin()
    assert.equal(upstream.free(), 0)
    await clock.advance(100)
    second?.end()
    assert.equal(upstream.freeInMs(), 900)
    await clock.advance(900)
    assert.equal(upstream.free(), 1)
    assert.equal(upstream.freeInMs(), undefined)
    await clock.advance(100)
    assert.equal(upstream.free(), 2)
  })

  it('counts a call that takes long as arrived after a quarter of the interval, and never later than after a second', async () => {
    for (const [intervalMs, transitMs] of [
      [1_000, 250],
      [60_000, 1_000],
    ] as const) {
      const upstream = new Upstream('receipts', { limit: 1, intervalMs, clock: new FakeClock() })
      upstream.begin()
      assert.equal(upstream.freeInMs(), intervalMs + transitMs)
    }
  })

  it('is not moved by a wall clock that jumps', async () => {
    const clock = new FakeClock()
    let jumpMs = 0
    const jumping = {
      now: () => clock.now() + jumpMs,
      elapsed: () => clock.elapsed(),
      after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
      yield: () => clock.yield(),
    }
    for (jumpMs of [-10_800_000, 10_800_000]) {
      const upstream = new Upstream('receipts', { limit: 1, clock: jumping })
      upstream.begin()?.end()
      assert.equal(upstream.freeInMs(), 1_000)
    }
  })

  it('holds over any window, wherever on its way each call reaches the API', async () => {
    const aCall = fc.record({ pauseMs: fc.nat(300), arrivesMs: fc.nat(240), lastsMs: fc.nat(2_000) })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(aCall, { maxLength: 40 }), async (limit, calls) => {
        const clock = new FakeClock()
        const upstream = new Upstream('receipts', { limit, intervalMs: 1_000, clock })
        const arrivals: number[] = []
        for (const { pauseMs, arrivesMs, lastsMs } of calls) {
          await clock.advance(pauseMs)
          for (let waitMs = upstream.freeInMs(); waitMs !== undefined; waitMs = upstream.freeInMs()) {
            await clock.advance(Math.ceil(waitMs))
            if (upstream.free() > 0) break
          }
          const call = upstream.begin() ?? assert.fail('there is no place')
          clock.after(lastsMs, () => call.end())
          arrivals.push(clock.elapsed() + Math.min(arrivesMs, lastsMs))
        }
        arrivals.sort((a, b) => a - b)
        for (const [index, arrival] of arrivals.entries()) {
          const earlier = arrivals[index - limit]
          assert.ok(earlier === undefined || arrival - earlier >= 1_000)
        }
      }),
      { numRuns: 60 },
    )
  })
})
