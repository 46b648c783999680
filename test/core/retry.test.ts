import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { DEFAULT_RETRY, MAX_RETRY_MS, retryDelayMs, retryPolicy } from '../../src/core/retry.ts'
import { seededRandom } from '../../src/testing/random.ts'

const LOWEST = (): number => 0
/** The largest that Math.random can give. */
const HIGHEST = (): number => 1 - 2 ** -53

const longest = (failures: number, policy = DEFAULT_RETRY): number => retryDelayMs(failures, policy, HIGHEST)

describe('retryPolicy', () => {
  it('is 25 attempts, from 1 s to 5 min, unless told otherwise', () => {
    assert.deepEqual(retryPolicy('retry', undefined, DEFAULT_RETRY), { attempts: 25, minMs: 1_000, maxMs: 300_000 })
  })

  it('takes what is left out from the policy above it', () => {
    const workers = retryPolicy('retry', { attempts: 3, minMs: 10 }, DEFAULT_RETRY)
    assert.deepEqual(retryPolicy('tasks.a.retry', { maxMs: 99 }, workers), { attempts: 3, minMs: 10, maxMs: 99 })
    assert.deepEqual(retryPolicy('tasks.a.retry', {}, workers), workers)
  })

  it('waits at most minMs where that is longer than the inherited maxMs', () => {
    assert.deepEqual(retryPolicy('retry', { minMs: 600_000 }, DEFAULT_RETRY), {
      attempts: 25,
      minMs: 600_000,
      maxMs: 600_000,
    })
  })

  for (const [options, message] of [
    [{ attempts: 0 }, 'retry.attempts must be a whole number of at least 1, got 0'],
    [{ attempts: 1.5 }, 'retry.attempts must be a whole number of at least 1, got 1.5'],
    [{ minMs: -1 }, `retry.minMs must be a whole number from 0 to ${MAX_RETRY_MS}, got -1`],
    [{ minMs: 2_000, maxMs: 1_999 }, `retry.maxMs must be a whole number from 2000 to ${MAX_RETRY_MS}, got 1999`],
    [{ maxMs: Number.NaN }, `retry.maxMs must be a whole number from 1000 to ${MAX_RETRY_MS}, got NaN`],
    [{ maxMs: MAX_RETRY_MS + 1 }, `retry.maxMs must be a whole number from 1000 to ${MAX_RETRY_MS}, got 31536000001`],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => retryPolicy('retry', options, DEFAULT_RETRY), { code: 'invalid_option', message })
    })
  }
})

describe('retryDelayMs', () => {
  it('doubles the longest wait with each failure, up to maxMs', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 25].map((failures) => longest(failures))
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000])
  })

  it('can be no wait at all', () => {
    assert.equal(retryDelayMs(25, DEFAULT_RETRY, LOWEST), 0)
  })

  it('is still at most maxMs at attempt 10,000', () => {
    assert.equal(longest(10_000), 300_000)
    assert.equal(longest(10_000, { attempts: 10_000, minMs: 1, maxMs: MAX_RETRY_MS }), MAX_RETRY_MS)
  })

  it('is always 0 where minMs is 0, at attempt 10,000 too', () => {
    for (const failures of [1, 2, 1_024, 1_025, 10_000]) {
      assert.equal(longest(failures, { attempts: 10_000, minMs: 0, maxMs: 300_000 }), 0)
    }
  })

  it('asks the random source once, and only where there is something to spread', () => {
    let asked = 0
    const random = (): number => {
      asked += 1
      return 0.5
    }
    retryDelayMs(3, DEFAULT_RETRY, random)
    assert.equal(asked, 1)
    retryDelayMs(3, { attempts: 25, minMs: 0, maxMs: 0 }, random)
    assert.equal(asked, 1)
  })

  it('is spread evenly: each millisecond from 0 to the bound as likely as the other', () => {
    const random = seededRandom(7)
    const bound = 9
    const draws = 100_000
    const counts = Array.from({ length: bound + 1 }, () => 0)
    for (let draw = 0; draw < draws; draw += 1) {
      const delay = retryDelayMs(1, { attempts: 2, minMs: bound, maxMs: bound }, random)
      counts[delay] = (counts[delay] ?? assert.fail(`a wait of ${delay}`)) + 1
    }
    for (const count of counts) assert.ok(Math.abs(count - draws / 10) < 500, String(counts))
  })

  it('is a whole number from 0 to the bound, whatever the policy, the failures and the draw', () => {
    const policies = fc
      .tuple(fc.integer({ min: 0, max: MAX_RETRY_MS }), fc.integer({ min: 0, max: MAX_RETRY_MS }))
      .map(([a, b]) => ({ attempts: 25, minMs: Math.min(a, b), maxMs: Math.max(a, b) }))
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1_000_000 }), draws, (policy, failures, draw) => {
        const delay = retryDelayMs(failures, policy, () => draw)
        assert.ok(Number.isSafeInteger(delay) && delay >= 0 && delay <= policy.maxMs, String(delay))
        if (failures === 1) assert.ok(delay <= policy.minMs)
      }),
    )
  })
})
