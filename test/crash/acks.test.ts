import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Ack, ackLine, acksIn, refusalLine, refusalsIn } from './acks.ts'

const ack: Ack = { from: '1.0', first: 7, ids: ['a-1', 'a-2'], atNs: 12_345_678_901_234_567n }

describe('acknowledgements', () => {
  it('are read as they were written, with every digit of their time', () => {
    assert.deepEqual(acksIn(ackLine(ack) + ackLine({ ...ack, first: 9 })), [ack, { ...ack, first: 9 }])
  })

  it('are left out where their line was cut off', () => {
    assert.deepEqual(acksIn(ackLine(ack) + ackLine(ack).slice(0, 20)), [ack])
    assert.deepEqual(acksIn(''), [])
  })

  it('may have other lines between them', () => {
    assert.deepEqual(acksIn(`opening\n${ackLine(ack)}`), [ack])
  })

  it('end with why a program sends no more', () => {
    const text = `opening\n${ackLine(ack)}${refusalLine({ atNs: 5n, why: 'the disk\nhas failed' })}`
    assert.deepEqual(acksIn(text), [ack])
    assert.deepEqual(refusalsIn(text), [{ atNs: 5n, why: 'the disk has failed' }])
  })
})
