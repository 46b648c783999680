/** After Go's test/closedchan.go: every way to use a channel that is closed, and those that wait when it closes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel, type Received } from '../../src/channel/channel.ts'
import { DRAINED, NOT_YET, soon, value } from '../channel/probes.ts'

/** Each way to receive, as one promise. */
const receives: Readonly<Record<string, (channel: Channel<number>) => Promise<Received<number> | undefined>>> = {
  receive: (channel) => channel.receive(),
  'receive under a signal': (channel) => channel.receive({ signal: new AbortController().signal }),
  tryReceive: async (channel) => channel.tryReceive(),
  'a step of a loop': async (channel) => {
    for await (const each of channel) return value(each)
    return DRAINED
  },
}

/** Each way to send, as one promise. */
const sends: Readonly<Record<string, (channel: Channel<number>) => Promise<unknown>>> = {
  send: (channel) => channel.send(2),
  'send under a signal': (channel) => channel.send(2, { signal: new AbortController().signal }),
  trySend: async (channel) => channel.trySend(2),
}

const closed = (...values: number[]): Channel<number> => {
  const channel = new Channel<number>(2)
  for (const each of values) channel.trySend(each)
  channel.close()
  return channel
}

describe('Go: closedchan', () => {
  for (const [name, receive] of Object.entries(receives)) {
    it(`${name}: done at once from a closed channel, again and again`, async () => {
      const channel = closed()
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
      for (let time = 0; time < 3; time += 1) assert.deepEqual(await soon(receive(channel)), DRAINED)
    })

    it(`${name}: the value that was left, then done`, async () => {
      const channel = closed(1)
      assert.deepEqual(await soon(receive(channel)), value(1))
      assert.deepEqual(await soon(receive(channel)), DRAINED)
    })
  }

  for (const [name, send] of Object.entries(sends)) {
    it(`${name}: refused by a closed channel, and the value is not kept`, async () => {
      const channel = closed()
      await assert.rejects(send(channel), { code: 'channel_closed', undelivered: 2 })
      assert.deepEqual(channel.tryReceive(), DRAINED)
    })
  }

  it('those who wait to receive when it closes are done', async () => {
    const channel = new Channel<number>(1)
    const waiting = channel.receive()
    assert.equal(await soon(waiting), NOT_YET)
    channel.close()
    assert.deepEqual(await waiting, DRAINED)
  })

  it('those who wait to send when it closes are refused, and what was sent before stays', async () => {
    const channel = new Channel<number>(1)
    await channel.send(1)
    const waiting = channel.send(2)
    assert.equal(await soon(waiting), NOT_YET)
    channel.close()
    await assert.rejects(waiting, { undelivered: 2 })
    assert.deepEqual(channel.tryReceive(), value(1))
    assert.deepEqual(channel.tryReceive(), DRAINED)
  })

  it('other than in Go, a second close is no error', () => {
    const channel = closed(1)
    channel.close()
    assert.deepEqual(channel.tryReceive(), value(1))
  })
})
