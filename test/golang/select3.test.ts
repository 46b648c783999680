/** After Go's test/chan/select3.go, as far as it goes without select: which calls wait, and which never do. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { NOT_YET, soon } from '../channel/probes.ts'

const empty = (): Channel<number> => new Channel<number>(1)
const full = (): Channel<number> => {
  const channel = empty()
  channel.trySend(0)
  return channel
}
const closed = (channel: Channel<number>): Channel<number> => {
  channel.close()
  return channel
}

const waiting: Readonly<Record<string, () => Promise<unknown>>> = {
  'to receive from an empty channel': () => empty().receive(),
  'to loop over an empty channel': () => empty().values().next(),
  'to send to a full channel': () => full().send(1),
}

const never: Readonly<Record<string, () => Promise<unknown>>> = {
  'to send where there is room': () => empty().send(1),
  'to receive where there is a value': () => full().receive(),
  'to receive from a closed channel': () => closed(empty()).receive(),
  'to receive what is left in a closed channel': () => closed(full()).receive(),
  'to send to a closed channel, which is an error': () => assert.rejects(closed(empty()).send(1)),
  'to send to a closed and full channel, which is an error': () => assert.rejects(closed(full()).send(1)),
}

describe('Go: select3', () => {
  for (const [name, call] of Object.entries(waiting)) {
    it(`${name} waits`, async () => assert.equal(await soon(call()), NOT_YET))
  }

  for (const [name, call] of Object.entries(never)) {
    it(`${name} does not wait`, async () => assert.notEqual(await soon(call()), NOT_YET))
  }
})
