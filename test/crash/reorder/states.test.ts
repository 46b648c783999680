import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../src/testing/index.ts'
import { ackLine } from '../acks.ts'
import { ackedBy, crashesOf, NOTHING, together } from './states.ts'

describe('the crashes of a trace', () => {
  it('come in order, at any moment, and some at the first ones', () => {
    const crashes = crashesOf(1_000, 100_000, seededRandom(1))
    assert.equal(crashes.length, 1_000)
    assert.deepEqual(
      crashes,
      crashes.toSorted((a, b) => a - b),
    )
    assert.ok(crashes.every((moment) => Number.isInteger(moment) && moment >= 0 && moment < 100_000))
    assert.ok(crashes.filter((moment) => moment < 200).length >= 50)
    assert.ok(crashes.some((moment) => moment > 90_000))
  })

  it('come within a trace that is short', () => {
    assert.deepEqual(crashesOf(3, 1, seededRandom(1)), [0, 0, 0])
  })

  it('know an acknowledgement from the moment when it is about to be told', () => {
    const ack = { from: '1', first: 0, ids: ['a'], atNs: 1n }
    const call = { kind: 'write', path: '/m/1', at: 0, bytes: Buffer.from(ackLine(ack)) } as const
    assert.deepEqual(ackedBy({ call, is: 'begin' }, '/m'), [ack])
    assert.deepEqual(ackedBy({ call, is: 'end' }, '/m'), [])
    assert.equal(ackedBy({ call, is: 'begin' }, '/d'), undefined)
  })

  it('are counted together', () => {
    const some = { ...NOTHING, states: 1, acked: 5, lost: 2, statesWithLoss: 1, corrupt: 1, examples: ['x', 'y', 'z'] }
    assert.deepEqual(together(some, some), {
      states: 2,
      acked: 10,
      lost: 4,
      statesWithLoss: 2,
      corrupt: 2,
      examples: ['x', 'y', 'z', 'x', 'y'],
    })
  })
})
