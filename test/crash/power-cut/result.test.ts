import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Ack } from '../acks.ts'
import { divided, messagesOf, restartsOf, resultOf, sum } from './result.ts'

const ackAt = (atNs: bigint): Ack => ({ from: '1', first: 0, ids: ['a', 'b'], atNs })

describe('the result of power cuts', () => {
  it('counts only what was known before the cut began', () => {
    const { before, during } = divided([ackAt(1n), ackAt(2n), ackAt(3n)], 2n)
    assert.deepEqual([before, during], [[ackAt(1n)], [ackAt(2n), ackAt(3n)]])
    assert.equal(messagesOf(during), 4)
  })

  it('is one of all cuts together', () => {
    const lossy = resultOf({ acked: 10, lost: ['a', 'b'], faults: [] }, 1, 3)
    const corrupt = resultOf({ acked: 5, lost: [], faults: ['x', 'y'] }, 0, 0)
    assert.deepEqual(sum([lossy, corrupt]), {
      cuts: 2,
      counted: 15,
      leftOut: 1,
      lost: 2,
      cutsWithLoss: 1,
      corrupt: 1,
      restarts: 3,
    })
  })

  it('knows from the header of a WAL how often it was started again', () => {
    const header = new Uint8Array(32)
    header[15] = 7
    assert.equal(restartsOf(header), 7)
    assert.equal(restartsOf(new Uint8Array(0)), 0)
  })
})
