import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

const START = Date.UTC(2026, 0, 1)

/** What went off, each with the clock's time then. */
function listener(clock: FakeClock): { readonly heard: string[]; readonly hear: (name: string) => () => void } {
  const heard: string[] = []
  return { heard, hear: (name) => () => void heard.push(`${name} at ${clock.elapsed()}`) }
}

describe('the fake clock', () => {
  it('starts in 2026 unless told otherwise', () => {
    assert.equal(new FakeClock().now(), START)
    assert.equal(new FakeClock(new Date(7)).now(), 7)
  })

  it('stands still, and calls nobody back', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    clock.after(0, hear('a'))
    await clock.yield()
    await clock.yield()
    assert.deepEqual([clock.now(), clock.elapsed(), heard], [START, 0, []])
  })

  it('goes on by as much as it is told, in both of its times', async () => {
    const clock = new FakeClock()
    await clock.advance(1_500)
    await clock.advance(0)
    assert.deepEqual([clock.now(), clock.elapsed()], [START + 1_500, 1_500])
  })

  for (const ms of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses to go on by ${ms}`, async () => {
      await assert.rejects(new FakeClock().advance(ms), {
        code: 'invalid_option',
        message: `ms must be a whole number of at least 0, got ${ms}`,
      })
    })
  }

  it('never goes back, be it told to go on twice at once', async () => {
    const clock = new FakeClock()
    await Promise.all([clock.advance(100), clock.advance(10)])
    assert.equal(clock.elapsed(), 100)
  })
})

describe('a timer of the fake clock', () => {
  it('goes off at its time and not before, once, with the clock at that time', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    clock.after(1_000, hear('a'))
    await clock.advance(999)
    assert.deepEqual(heard, [])
    await clock.advance(1_000_000)
    assert.deepEqual(heard, ['a at 1000'])
  })

  it('goes off in the order of the times, and of the setting where those are the same', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['d', 30],
      ['b', 20],
      ['e', 30],
    ] as const) {
      clock.after(delayMs, hear(name))
    }
    await clock.advance(30)
    assert.deepEqual(heard, ['a at 10', 'b at 20', 'c at 30', 'd at 30', 'e at 30'])
  })

  it('goes off on time where another timer set it, within the same advance', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    clock.after(10, () => {
      hear('first')()
      clock.after(5, hear('set by first'))
      clock.after(0, hear('at once'))
      clock.after(100, hear('too late'))
    })
    clock.after(12, hear('second'))
    await clock.advance(20)
    assert.deepEqual(heard, ['first at 10', 'at once at 10', 'second at 12', 'set by first at 15'])
    assert.equal(clock.elapsed(), 20)
  })

  it('gives the promises that it sets off their turn before the next one goes off', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    const promises = async (): Promise<void> => {
      for (let turn = 0; turn < 100; turn += 1) await Promise.resolve()
      hear('what the first set off')()
    }
    clock.after(10, () => void promises())
    clock.after(20, hear('second'))
    await clock.advance(20)
    assert.deepEqual(heard, ['what the first set off at 10', 'second at 20'])
  })

  it('gives loops that yield their turns, be they many, before the next one goes off', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    const loop = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) await clock.yield()
      hear('what the first set off')()
    }
    clock.after(10, () => void loop())
    clock.after(20, hear('second'))
    await clock.advance(20)
    assert.deepEqual(heard, ['what the first set off at 10', 'second at 20'])
  })

  it('goes off in the end, be there a loop that yields for ever', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    const stop = new AbortController()
    const loop = async (): Promise<void> => {
      while (!stop.signal.aborted) await clock.yield()
    }
    const looping = loop()
    clock.after(10, hear('a'))
    await clock.advance(10)
    assert.deepEqual(heard, ['a at 10'])
    stop.abort()
    await looping
  })

  it('goes off where a promise of before the advance sets it', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    void systemClock.yield().then(() => clock.after(10, hear('a')))
    await clock.advance(10)
    assert.deepEqual(heard, ['a at 10'])
  })

  it('does not go off once it was cancelled, be it twice, or by the timer before it', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    const timer = clock.after(10, hear('a'))
    timer.cancel()
    timer.cancel()
    clock.after(20, () => later.cancel())
    const later = clock.after(20, hear('b'))
    await clock.advance(20)
    assert.deepEqual(heard, [])
    later.cancel()
  })

  it('that was due in the past goes off now', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    await clock.advance(10)
    clock.after(-5, hear('a'))
    await clock.advance(0)
    assert.deepEqual(heard, ['a at 10'])
  })
})

describe('jump', () => {
  it('goes on to the next timer, and no further', async () => {
    const clock = new FakeClock()
    const { heard, hear } = listener(clock)
    clock.after(300_000, hear('b'))
    clock.after(1_000, hear('a'))
    assert.equal(await clock.jump(), true)
    assert.deepEqual([heard, clock.elapsed()], [['a at 1000'], 1_000])
    assert.equal(await clock.jump(), true)
    assert.deepEqual([heard.length, clock.elapsed()], [2, 300_000])
  })

  it('says so where there is no timer, and stands still', async () => {
    const clock = new FakeClock()
    clock.after(10, () => assert.fail('it was cancelled')).cancel()
    assert.equal(await clock.jump(), false)
    assert.equal(clock.elapsed(), 0)
  })
})
