import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FlakyOptions, flaky } from '../../src/testing/flaky.ts'

const CALLS = 1_000

interface Outcome {
  /** The numbers of the calls that took effect. */
  readonly effects: readonly number[]
  /** The numbers of the calls that failed. */
  readonly failures: readonly number[]
}

async function outcomeOf(options?: FlakyOptions): Promise<Outcome> {
  const effects: number[] = []
  const failures: number[] = []
  const call = flaky((count: number) => effects.push(count), options)
  for (let count = 1; count <= CALLS; count += 1) await call(count).catch(() => failures.push(count))
  return { effects, failures }
}

const part = (numbers: readonly number[]): number => numbers.length / CALLS

describe('flaky', () => {
  it('fails the same calls with the same seed, and others with another', async () => {
    const { failures } = await outcomeOf({ seed: 7 })
    assert.deepEqual((await outcomeOf({ seed: 7 })).failures, failures)
    assert.notDeepEqual((await outcomeOf({ seed: 8 })).failures, failures)
  })

  it('fails three of ten calls from the seed 1 unless told otherwise', async () => {
    const { effects, failures } = await outcomeOf()
    assert.ok(Math.abs(part(failures) - 0.3) < 0.05, `${part(failures)}`)
    assert.equal(effects.length + failures.length, CALLS)
    assert.deepEqual(await outcomeOf({ seed: 1, rate: 0.3, afterRate: 0 }), { effects, failures })
  })

  it('fails a call before it does anything, at the rate', async () => {
    const { effects, failures } = await outcomeOf({ rate: 0.6 })
    assert.ok(Math.abs(part(failures) - 0.6) < 0.05)
    assert.deepEqual(
      effects.filter((count) => failures.includes(count)),
      [],
    )
  })

  it('fails a call that took effect, at the rate of those', async () => {
    const { effects, failures } = await outcomeOf({ rate: 0.2, afterRate: 0.3 })
    const both = effects.filter((count) => failures.includes(count))
    assert.ok(Math.abs(part(failures) - 0.5) < 0.05)
    assert.ok(Math.abs(part(both) - 0.3) < 0.05)
    assert.ok(Math.abs(part(effects) - 0.8) < 0.05)
  })

  it('fails no call, every call, or every call that took effect', async () => {
    assert.deepEqual((await outcomeOf({ rate: 0 })).failures, [])
    assert.deepEqual((await outcomeOf({ rate: 1 })).effects, [])
    const after = await outcomeOf({ rate: 0, afterRate: 1 })
    assert.deepEqual([after.effects.length, after.failures.length], [CALLS, CALLS])
  })

  it('answers and takes what the function answers and takes', async () => {
    const sum = flaky(async (a: number, b: number) => a + b, { rate: 0 })
    assert.equal(await sum(2, 3), 5)
  })

  it('lets the errors of the function through, thrown or rejected', async () => {
    const error = new Error('its own')
    const options = { rate: 0, afterRate: 1 }
    const throws = flaky((): never => {
      throw error
    }, options)
    await assert.rejects(throws(), error)
    await assert.rejects(flaky(() => Promise.reject(error), options)(), error)
  })

  it('throws what it was told, which may be no Error, else says which call it was', async () => {
    const told = flaky(() => {}, { rate: 1, error: (call) => `call ${call}` })
    const settled = await Promise.allSettled([told(), told()])
    assert.deepEqual(
      settled.map((result) => result.status === 'rejected' && result.reason),
      ['call 1', 'call 2'],
    )
    await assert.rejects(flaky(() => {}, { rate: 1 })(), new Error('flaky: call 1 failed'))
  })

  it('counts a call from when it is made, not from when it ends', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const call = flaky(() => promise, { rate: 0, afterRate: 1 })
    const calls = [call(), call(), call()]
    resolve()
    const settled = await Promise.allSettled(calls)
    assert.deepEqual(
      settled.map((result) => result.status === 'rejected' && (result.reason as Error).message),
      ['flaky: call 1 failed', 'flaky: call 2 failed', 'flaky: call 3 failed'],
    )
  })

  for (const [options, message] of [
    [{ rate: -0.1 }, 'rate must be a number from 0 to 1, got -0.1'],
    [{ rate: 1.1 }, 'rate must be a number from 0 to 1, got 1.1'],
    [{ rate: Number.NaN }, 'rate must be a number from 0 to 1, got NaN'],
    [{ afterRate: 2 }, 'afterRate must be a number from 0 to 1, got 2'],
    [{ rate: 0.75, afterRate: 0.5 }, 'rate + afterRate must be a number from 0 to 1, got 1.25'],
    [{ seed: -1 }, 'seed must be a whole number from 0 to 4294967295, got -1'],
    [{ seed: 0.5 }, 'seed must be a whole number from 0 to 4294967295, got 0.5'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)} when it is made`, () => {
      assert.throws(() => flaky(() => {}, options), { code: 'invalid_option', message })
    })
  }
})
