import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Order } from '../../../src/broker/broker.ts'
import { MemberModel, STEPS } from './member-model.ts'

const steps = fc.array(
  fc.record({
    // What members do all day is done more often than they die.
    step: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('poll', 'poll', 'read', 'write', 'begin', 'done', 'done') },
      { weight: 4, arbitrary: fc.constantFrom('fail', 'die', 'wait', 'not written') },
      { weight: 2, arbitrary: fc.constantFrom('crash', 'hand over') },
    ),
    pick: fc.nat(20),
  }),
  { minLength: 100, maxLength: 400, size: 'max' },
)
/** So many fail, and so seldom is one of them due again, that the text of the progress is full. */
const failures = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 60, arbitrary: fc.constantFrom('poll', 'poll', 'begin', 'begin', 'done', 'fail', 'fail', 'fail') },
      { weight: 2, arbitrary: fc.constantFrom('die', 'wait', 'not written', 'crash') },
    ),
    pick: fc.nat(200),
  }),
  { minLength: 2_000, maxLength: 5_000, size: 'max' },
)
const keys = fc.array(fc.constantFrom('a', 'b', 'c', undefined), { minLength: 10, maxLength: 60 })

describe('the work at a partition, by members that fail, stop and are killed', () => {
  for (const order of ['key', 'partition', 'none'] as const satisfies readonly Order[]) {
    it(`ends with each record done or dead, in the order of each ${order}`, () => {
      fc.assert(
        fc.property(keys, steps, fc.integer({ min: 2, max: 4 }), (of, all, maxDeaths) => {
          const model = new MemberModel({ keys: of, order, maxDeaths })
          for (const { step, pick } of all) model.step(step, pick)
          model.drain()
          for (const offset of of.keys())
            assert.ok(model.done.has(offset) || model.dead.has(offset), `${offset} is lost`)
        }),
        { numRuns: 400 },
      )
    })
  }

  it('forgets no attempt and nothing that is done where more fails than can be told', () => {
    const many = Array.from({ length: 900 }, (_, offset) => (offset % 7 === 0 ? `${offset % 21}` : undefined))
    fc.assert(
      fc.property(failures, fc.integer({ min: 4, max: 60 }), (all, markAhead) => {
        const model = new MemberModel({ keys: many, order: 'key', maxDeaths: 3, markAhead })
        for (const { step, pick } of all) model.step(step, pick)
        model.drain()
        assert.equal(new Set([...model.done, ...model.dead]).size, many.length)
      }),
      { numRuns: 10 },
    )
  })

  it('goes through every step that there is', () => {
    const model = new MemberModel({ keys: ['a', 'a', 'b'], order: 'key', maxDeaths: 3 })
    for (const step of STEPS) model.step(step, 0)
    model.drain()
    assert.equal(model.done.size + model.dead.size, 3)
  })
})
