import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Events, subscribe, Upstream, UpstreamError, type UpstreamOptions } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { codeOf } from '../worker/running.ts'

const down = new UpstreamError('PUT /receipts: 500')

/** `random: 0.5` leaves the times as they are. */
function upstreamAt(clock: FakeClock, options: UpstreamOptions = {}): Upstream {
  return new Upstream('receipts', { clock, random: () => 0.5, ...options })
}

function fail(upstream: Upstream, times: number, error = down): void {
  for (let failures = 0; failures < times; failures += 1) upstream.failed(error)
}

/** One call, from its beginning to its end. */
function call(upstream: Upstream): void {
  const begun = upstream.begin() ?? assert.fail('there is no place')
  upstream.answered()
  begun.end()
}

describe('the concurrency of an upstream', () => {
  it('is unbounded unless it is given', () => {
    assert.equal(new Upstream('receipts').free(), Number.POSITIVE_INFINITY)
  })

  it('is how many calls may be under way at once', () => {
    const upstream = new Upstream('receipts', { concurrency: 2 })
    const first = upstream.begin()
    assert.ok(first !== undefined && upstream.begin() !== undefined)
    assert.equal(upstream.free(), 0)
    assert.equal(upstream.begin(), undefined)
    first.end()
    first.end()
    assert.equal(upstream.free(), 1)
  })

  it('rings when a place comes free, and only where there was none', () => {
    const upstream = new Upstream('receipts', { concurrency: 1 })
    let rings = 0
    const deafen = upstream.onRoom(() => {
      rings += 1
    })
    upstream.begin()?.end()
    assert.equal(rings, 1)
    deafen()
    upstream.begin()?.end()
    assert.equal(rings, 1)
  })
})

describe('failures', () => {
  it('close it once there are so many in a row', () => {
    const upstream = upstreamAt(new FakeClock(), { failuresToClose: 3 })
    fail(upstream, 2)
    upstream.answered()
    fail(upstream, 2)
    assert.equal(upstream.closedUntil, undefined)
    fail(upstream, 1)
    assert.ok(upstream.closedUntil !== undefined)
    assert.equal(upstream.free(), 0)
    assert.equal(upstream.closedBecause, 'UpstreamError: PUT /receipts: 500')
  })

  it('in a row are 5 unless it is said', () => {
    const upstream = upstreamAt(new FakeClock())
    fail(upstream, 4)
    assert.equal(upstream.closedUntil, undefined)
    fail(upstream, 1)
    assert.ok(upstream.closedUntil !== undefined)
  })

  it('of calls that were under way when it closed keep it closed no longer', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    fail(upstream, 5)
    const until = upstream.closedUntil
    await clock.advance(100)
    fail(upstream, 5)
    assert.deepEqual(upstream.closedUntil, until)
  })

  it('of the probe close it again, for a quarter of the time that it has been down, and no longer than maxClosedMs', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock, { maxClosedMs: 20_000 })
    const began = clock.elapsed()
    fail(upstream, 5)
    const waits: number[] = []
    while (clock.elapsed() - began < 200_000) {
      const waitMs = Math.ceil(upstream.freeInMs() ?? assert.fail('it is open'))
      waits.push(waitMs)
      await clock.advance(waitMs)
      assert.equal(upstream.free(), 1)
      const probe = upstream.begin()
      assert.equal(upstream.begin(), undefined)
      fail(upstream, 1)
      probe?.end()
    }
    assert.deepEqual(waits.slice(0, 8), [500, 500, 500, 500, 500, 625, 782, 977])
    assert.equal(waits.at(-1), 20_000)
  })

  it('close it for times that differ from process to process by up to a quarter', () => {
    const closedMs = (random: number): number => {
      const upstream = upstreamAt(new FakeClock(), { random: () => random })
      fail(upstream, 5)
      return upstream.freeInMs() ?? assert.fail('it is open')
    }
    assert.deepEqual([closedMs(0), closedMs(0.5)], [375, 500])
    assert.ok(closedMs(0.999) < 625)
  })
})

describe('a Retry-After', () => {
  it('closes it until then at the first failure', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock, { maxClosedMs: 1_000 })
    upstream.failed(new UpstreamError('429', { retryAfterMs: 90_000 }))
    assert.deepEqual(upstream.closedUntil, new Date(clock.now() + 90_000))
    await clock.advance(89_999)
    assert.equal(upstream.free(), 0)
    await clock.advance(1)
    assert.equal(upstream.free(), 1)
    assert.equal(upstream.closedUntil, undefined)
  })

  it('that is later than another one counts, an earlier one does not', () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    for (const retryAfterMs of [2_000, 5_000, 1_000]) upstream.failed(new UpstreamError('429', { retryAfterMs }))
    assert.deepEqual(upstream.closedUntil, new Date(clock.now() + 5_000))
  })

  it('of no time at all still closes it for half a second', () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    upstream.failed(new UpstreamError('429', { retryAfterMs: 0 }))
    assert.equal(upstream.freeInMs(), 500)
  })
})

describe('an upstream that is answered again', () => {
  async function probed(options: UpstreamOptions = {}): Promise<Upstream> {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock, options)
    fail(upstream, 5)
    await clock.advance(500)
    return upstream
  }

  it('opens step by step: 1 call at once, then 2, 4, and so on up to its concurrency', async () => {
    const upstream = await probed({ concurrency: 6 })
    const steps = [upstream.free()]
    for (let calls = 0; calls < 12; calls += 1) {
      call(upstream)
      if (upstream.free() !== steps.at(-1)) steps.push(upstream.free())
    }
    assert.deepEqual(steps, [1, 2, 4, 6])
  })

  it('opens fully in the end where it has no bound', async () => {
    const upstream = await probed()
    for (let calls = 0; calls < 1_023; calls += 1) call(upstream)
    assert.equal(upstream.free(), Number.POSITIVE_INFINITY)
  })

  it('needs as many failures in a row as ever to close again', async () => {
    const upstream = await probed()
    call(upstream)
    fail(upstream, 4)
    assert.equal(upstream.closedUntil, undefined)
    fail(upstream, 1)
    assert.ok(upstream.closedUntil !== undefined)
  })

  it('is not closed for longer than at first where it fails again, however long it goes on like that', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    for (let times = 0; times < 100; times += 1) {
      fail(upstream, 5)
      assert.equal(upstream.freeInMs(), 500)
      await clock.advance(500)
      call(upstream)
    }
  })

  it('stays on its step while calls fail', async () => {
    const upstream = await probed()
    call(upstream)
    for (let calls = 0; calls < 3; calls += 1) {
      const begun = upstream.begin()
      fail(upstream, 1)
      begun?.end()
    }
    assert.equal(upstream.free(), 2)
  })

  it('does not open by the answer to a call that was under way when it closed', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    const begun = upstream.begin()
    fail(upstream, 5)
    upstream.answered()
    begun?.end()
    await clock.advance(500)
    assert.equal(upstream.free(), 1)
    fail(upstream, 1)
    assert.equal(upstream.free(), 0)
  })

  it('is probed although a call from before it closed is still under way, which says nothing of it now', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    const begun = upstream.begin()
    fail(upstream, 5)
    await clock.advance(500)
    assert.equal(upstream.free(), 1)
    begun?.end()
    assert.deepEqual([upstream.free(), upstream.closedUntil], [1, undefined])
  })

  it('is closed again where the call that tried it brought no answer', async () => {
    const upstream = await probed()
    upstream.begin()?.end()
    assert.equal(upstream.free(), 0)
    assert.equal(upstream.closedBecause, 'the call that tried it brought no answer')
  })
})

describe('by hand', () => {
  it('it is closed until a time, and opened fully', async () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    upstream.close(new Date(clock.now() + 60_000), 'their maintenance')
    assert.deepEqual([upstream.free(), upstream.closedBecause], [0, 'their maintenance'])
    upstream.open()
    assert.deepEqual([upstream.free(), upstream.closedUntil], [Number.POSITIVE_INFINITY, undefined])
  })

  it('a longer closing stands', () => {
    const clock = new FakeClock()
    const upstream = upstreamAt(clock)
    const later = new Date(clock.now() + 60_000)
    upstream.close(later, 'first')
    upstream.close(new Date(clock.now() + 1_000), 'second')
    assert.deepEqual([upstream.closedUntil, upstream.closedBecause], [later, 'first'])
  })

  it('it may be closed for ever', () => {
    const upstream = upstreamAt(new FakeClock())
    upstream.close(new Date(8.64e15))
    assert.deepEqual(upstream.closedUntil, new Date(8.64e15))
  })

  it('it is closed by a valid Date only', () => {
    assert.throws(() => new Upstream('receipts').close(new Date(Number.NaN)), codeOf('invalid_option'))
  })
})

describe('the events of an upstream', () => {
  it('tell why it was closed and until when, and why it was opened', async () => {
    const clock = new FakeClock()
    const told: (Events['upstream.closed'] | Events['upstream.opened'])[] = []
    const ends = [
      subscribe('upstream.closed', (fact) => told.push(fact)),
      subscribe('upstream.opened', (fact) => told.push(fact)),
    ]
    const upstream = upstreamAt(clock)
    const until = new Date(clock.now() + 500)
    fail(upstream, 5)
    await clock.advance(500)
    call(upstream)
    call(upstream)
    upstream.open()
    upstream.open()
    for (const end of ends) end()
    assert.deepEqual(told, [
      { upstream: 'receipts', why: 'UpstreamError: PUT /receipts: 500', until },
      { upstream: 'receipts', why: 'a call was answered' },
      { upstream: 'receipts', why: 'by hand' },
    ])
  })
})
