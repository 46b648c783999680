/** After Go's test/chan/perm.go: one half of a channel can be handed out, and the other half is then out of reach. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'

type Sender = Pick<Channel<number>, 'send' | 'trySend' | 'close'>
type Receiver = Pick<Channel<number>, 'receive' | 'tryReceive' | typeof Symbol.asyncIterator>

/** Only compiled: each line that must not compile says so. */
const onlyCompiled = async (channel: Channel<number>, sender: Sender, receiver: Receiver): Promise<void> => {
  // @ts-expect-error -- half a channel is no channel
  channel = sender
  // @ts-expect-error -- half a channel is no channel
  channel = receiver
  // @ts-expect-error -- a sender does not receive
  sender = receiver
  // @ts-expect-error -- a receiver does not send
  receiver = sender
  // @ts-expect-error -- a sender does not receive
  sender.tryReceive()
  // @ts-expect-error -- a sender is no loop of values
  sender[Symbol.asyncIterator]()
  // @ts-expect-error -- a receiver does not send
  receiver.trySend(1)
  // @ts-expect-error -- a receiver does not close
  receiver.close()
  // @ts-expect-error -- a text is no number
  sender.trySend('1')
  // @ts-expect-error -- without a look at `done` it may be undefined
  const received: number = (await receiver.receive()).value
  // @ts-expect-error -- nobody changes the capacity
  channel.capacity = received
}

describe('Go: perm', () => {
  it('a channel can be used as a sender and as a receiver', () => {
    const channel = new Channel<number>(1)
    const [sender, receiver]: [Sender, Receiver] = [channel, channel]
    sender.trySend(1)
    assert.deepEqual(receiver.tryReceive(), { done: false, value: 1 })
    assert.equal(typeof onlyCompiled, 'function')
  })
})
