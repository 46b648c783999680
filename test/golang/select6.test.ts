/**
 * After Go's test/chan/select6.go and TestSelectDuplicateChannel of its src/runtime/chan_test.go: someone leaves a line
 * of waiters from the end or the middle because another thing came first. Here a signal stands for that other thing.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { take, value } from '../channel/probes.ts'

describe('Go: select6', () => {
  it('one that left the end of the line and comes again is served after those before it', async () => {
    const channel = new Channel<number>(1)
    const other = new AbortController()
    const first = take(channel)
    const left = channel.receive({ signal: other.signal })
    other.abort('another thing came')
    await assert.rejects(left, (reason) => reason === 'another thing came')
    const again = take(channel)
    await channel.send(1)
    await channel.send(2)
    assert.deepEqual(await Promise.all([first, again]), [1, 2])
  })

  it('one task may stand in the same line several times, and leaves it at all places together', async () => {
    const channel = new Channel<number>(1)
    const other = new AbortController()
    const signal = other.signal
    const waits = [channel.receive({ signal }), channel.receive(), channel.receive({ signal }), channel.receive()]
    other.abort()
    await channel.send(1)
    await channel.send(2)
    const endings = await Promise.allSettled(waits)
    assert.deepEqual(
      endings.map((ending) => ending.status),
      ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await Promise.all([waits[1], waits[3]]), [value(1), value(2)])
  })
})
