import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { seededRandom } from '../../src/testing/random.ts'

const draws = (seed: number, count: number): readonly number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random())
}

describe('seededRandom', () => {
  it('gives the numbers of Mulberry32', () => {
    assert.deepEqual(draws(0, 3), [0.26642920868471265, 0.0003297457005828619, 0.2232720274478197])
  })

  it('gives the same numbers for the same seed, and others for others', () => {
    assert.deepEqual(draws(42, 100), draws(42, 100))
    const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => draws(seed, 1)[0]))
    assert.equal(firsts.size, 1_000)
  })

  it('gives sources that know nothing of each other', () => {
    const a = seededRandom(1)
    const b = seededRandom(1)
    a()
    a()
    assert.equal(b(), draws(1, 1)[0])
  })

  it('gives numbers from 0 to less than 1, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        for (const draw of draws(seed, 20)) assert.ok(draw >= 0 && draw < 1)
      }),
    )
  })

  it('gives each tenth of them as often as the others', () => {
    const counts = Array.from({ length: 10 }, () => 0)
    for (const draw of draws(7, 100_000)) counts[Math.floor(draw * 10)]! += 1
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts))
  })

  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) {
    it(`refuses the seed ${seed}`, () => {
      assert.throws(() => seededRandom(seed), {
        code: 'invalid_option',
        message: `seed must be a whole number from 0 to 4294967295, got ${seed}`,
      })
    })
  }
})
