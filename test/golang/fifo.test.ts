/** After Go's test/chan/fifo.go: a channel is first in, first out, also through a chain of tasks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { drain, filled, take } from '../channel/probes.ts'

describe('Go: fifo', () => {
  it('a full channel gives its values in the order in which they were sent', () => {
    assert.deepEqual(drain(filled(10)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('tasks that pass a turn from one to the next read the values in order', async () => {
    const values = new Channel<number>(1)
    const read: number[] = []
    const first = new Channel<'turn'>(1)
    let last = first
    for (let place = 0; place < 10; place += 1) {
      const [mine, next] = [last, new Channel<'turn'>(1)]
      void (async () => {
        await take(mine)
        read.push(await take(values))
        await next.send('turn')
      })()
      last = next
    }
    await first.send('turn')
    // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
    for (let sent = 0; sent < 10; sent += 1) await values.send(sent)
    await take(last)
    assert.deepEqual(read, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})
