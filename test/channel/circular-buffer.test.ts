import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CircularBuffer } from '../../src/channel/circular-buffer.ts'
import { systemClock } from '../../src/core/clock.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('CircularBuffer', () => {
  it('an empty one gives undefined', () => {
    const buffer = new CircularBuffer<number>()
    assert.equal(buffer.shift(), undefined)
    buffer.push(1)
    assert.equal(buffer.shift(), 1)
    assert.equal(buffer.shift(), undefined)
    assert.equal(buffer.size, 0)
  })

  it('values come out in order though it grows in the middle of a lap', () => {
    const buffer = new CircularBuffer<number>()
    let pushed = 0
    let shifted = 0
    for (let round = 0; round < 200; round += 1) {
      for (let each = 0; each < 7; each += 1) {
        buffer.push(pushed)
        pushed += 1
      }
      for (let each = 0; each < 3; each += 1) {
        assert.equal(buffer.shift(), shifted)
        shifted += 1
      }
      assert.equal(buffer.size, pushed - shifted)
    }
    while (buffer.size > 0) {
      assert.equal(buffer.shift(), shifted)
      shifted += 1
    }
    assert.equal(shifted, pushed)
  })

  it('nothing that was shifted out is kept', async () => {
    const buffer = new CircularBuffer<object>()
    const gone = Array.from({ length: 100 }, () => {
      const each = {}
      buffer.push(each)
      return new WeakRef(each)
    })
    while (buffer.size > 1) buffer.shift()
    await systemClock.yield()
    collectGarbage()
    assert.deepEqual(
      gone.map((each) => each.deref() !== undefined),
      gone.map((_, index) => index === 99),
    )
    assert.equal(buffer.size, 1)
  })
})
