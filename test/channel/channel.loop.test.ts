import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { drain, filled } from './probes.ts'

describe('Channel: looping', () => {
  it('for await yields every value until the channel is closed and drained', async () => {
    const channel = new Channel<number>(2)
    const seen: number[] = []
    const loop = (async () => {
      for await (const each of channel) seen.push(each)
    })()
    // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
    for (let sent = 0; sent < 10; sent += 1) await channel.send(sent)
    channel.close()
    await loop
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('leaving the loop leaves the rest in the channel, open', async () => {
    const channel = filled(4)
    for await (const each of channel) if (each === 1) break
    assert.equal(channel.closed, false)
    assert.deepEqual(drain(channel), [2, 3])
  })

  it('two loops share the values, each goes to one of them', async () => {
    const channel = new Channel<number>(3)
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for await (const each of channel) seen.push(each)
    }
    const loops = [loop(), loop()]
    // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
    for (let sent = 0; sent < 100; sent += 1) await channel.send(sent)
    channel.close()
    await Promise.all(loops)
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index),
    )
  })
})
