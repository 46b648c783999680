/** After Go's test/chancap.go: how long a channel is, how long it may become, and which capacities there are. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'

describe('Go: chancap', () => {
  it('size grows with each value, capacity stays', () => {
    const channel = new Channel<number>(10)
    assert.deepEqual([channel.size, channel.capacity], [0, 10])
    for (const each of [1, 2, 3]) channel.trySend(each)
    assert.deepEqual([channel.size, channel.capacity], [3, 10])
  })

  it('a capacity out of range is refused; other than in Go, so is 0', () => {
    for (const capacity of [-1, 0, 2 ** 63, -(2 ** 63)]) {
      assert.throws(() => new Channel(capacity), { code: 'invalid_option', given: capacity })
    }
  })

  it('a huge capacity takes no memory before there are values', () => {
    const channels = Array.from({ length: 1_000 }, () => new Channel(2 ** 50))
    assert.equal(channels.at(-1)?.trySend('first'), true)
  })
})
