import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Above, aboveOf, aboveText, type Tried } from '../../../src/broker/subscription/above-text.ts'
import { MAX_ABOVE_BYTES } from '../../../src/broker/membership.ts'
import { NO_TRIES } from '../../../src/core/ending.ts'

const triesOf = (attempts: number, deaths = 0, snoozes = 0, closings = 0): Tried['tries'] => ({
  ...NO_TRIES,
  attempts,
  deaths,
  snoozes,
  closings,
})

/** Any that a partition can have, from an offset on. */
const aboves = (most: number): fc.Arbitrary<{ offset: number; above: Above }> =>
  fc
    .record({
      offset: fc.integer({ min: 0, max: 2 ** 40 }),
      runs: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2_000 })), {
        maxLength: most,
      }),
      tried: fc.array(
        fc.record({
          way: fc.integer({ min: 1, max: 50 }),
          at: fc.integer({ min: 0, max: 4_102_444_800_000 }),
          tries: fc
            .tuple(fc.nat(99), fc.nat(3), fc.nat(1_000), fc.nat(10))
            .map(([attempts, deaths, snoozes, closings]) => triesOf(attempts, deaths, snoozes, closings)),
          mayHaveBegun: fc.boolean(),
        }),
        { maxLength: most },
      ),
    })
    .map(({ offset, runs, tried }) => {
      let at = offset
      const done = runs.map(([gap, count]) => {
        const from = at + gap
        at = from + count
        return { from, to: at }
      })
      let before = offset
      const all = tried.map(({ way, ...rest }) => ({ ...rest, offset: (before += way) }))
      return { offset, above: { done, tried: all } }
    })

describe('what is known of the records above a commit', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(aboves(30), ({ offset, above }) => {
        assert.deepEqual(aboveOf(offset, aboveText(offset, above)), above)
      }),
    )
  })

  it('is nothing where nothing is known', () => {
    const nothing = { done: [], tried: [] }
    assert.equal(aboveText(7, nothing), '')
    assert.deepEqual(aboveOf(7, ''), nothing)
  })

  it('has a text that can be read by who looks for it', () => {
    const tried = [
      { offset: 10, tries: triesOf(2), at: 0, mayHaveBegun: false },
      { offset: 14, tries: triesOf(1, 1), at: 36, mayHaveBegun: true },
    ]
    const above = { done: [{ from: 11, to: 14 }], tried }
    assert.equal(aboveText(10, above), 'w1 1.3 0,,2;4!,10,1,1')
  })

  it('never takes more than Kafka takes, and never tells of what is not done that it is', () => {
    fc.assert(
      fc.property(aboves(1_000), ({ offset, above }) => {
        const written = aboveText(offset, above)
        assert.ok(written.length <= MAX_ABOVE_BYTES, `${written.length}`)
        const read = aboveOf(offset, written)
        assert.deepEqual(read.done, above.done.slice(0, read.done.length))
        for (const [index, { offset: at, tries, mayHaveBegun }] of read.tried.entries()) {
          const was = above.tried[index]
          assert.deepEqual(
            { at, tries, mayHaveBegun },
            { at: was?.offset, tries: was?.tries, mayHaveBegun: was?.mayHaveBegun },
          )
        }
      }),
      { numRuns: 30 },
    )
  })

  it('is nothing in a text that others have written, or that was cut', () => {
    for (const other of [
      '{}',
      'w2 1.3 ',
      'w1 -1.3 ',
      'w1 1.3',
      'metadata',
      'w1 1.3 0,,2;',
      `w1 ${'z'.repeat(12)} `,
      'w1  0\n',
    ]) {
      assert.deepEqual(aboveOf(5, other), { done: [], tried: [] }, other)
    }
  })
})
