/** After Go's test/ken/chan1.go: one sender, ten receivers, a channel of two. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'

describe('Go: ken/chan1', () => {
  it('each value is received once, and not before it was sent', async () => {
    const channel = new Channel<number>(2)
    const marks = Array.from({ length: 1_000 }, () => 'new')
    const receivers = Array.from({ length: 10 }, async () => {
      for await (const each of channel) {
        assert.equal(marks[each], 'sent')
        marks[each] = 'received'
      }
    })
    for (const each of marks.keys()) {
      marks[each] = 'sent'
      // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
      await channel.send(each)
    }
    channel.close()
    await Promise.all(receivers)
    assert.deepEqual(new Set(marks), new Set(['received']))
  })
})
