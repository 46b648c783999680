import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Channel } from '../../src/channel/channel.ts'
import { ChannelClosedError } from '../../src/core/errors.ts'
import { DRAINED, drain, filled, NOT_YET, printedBy, soon, value } from './probes.ts'

describe('Channel', () => {
  /** What a caller in JavaScript may give. */
  const text: number = JSON.parse('"3"')

  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, text]) {
    it(`a capacity of ${inspect(capacity)} is refused`, () => {
      assert.throws(() => new Channel(capacity), {
        code: 'invalid_option',
        message: `capacity must be a whole number of at least 1, got ${capacity}`,
      })
    })
  }

  it('a new channel is empty and open, however large it may grow', () => {
    const channel = new Channel(Number.MAX_SAFE_INTEGER)
    assert.deepEqual([channel.size, channel.capacity, channel.closed], [0, Number.MAX_SAFE_INTEGER, false])
  })

  it('values come out in the order in which they were sent, after any number of laps', () => {
    const channel = new Channel<number>(7)
    for (let lap = 0; lap < 50; lap += 1) {
      const sent = Array.from({ length: 1 + (lap % 7) }, (_, index) => lap * 10 + index)
      for (const each of sent) assert.equal(channel.trySend(each), true)
      assert.deepEqual(drain(channel), sent)
    }
  })

  it('values that look like nothing, or like a promise, come out as they went in', async () => {
    const rejected = Promise.reject(new Error('carried, not awaited'))
    rejected.catch(() => {})
    const sent = [undefined, null, Number.NaN, 0, '', Promise.resolve(1), rejected]
    const channel = new Channel<unknown>(sent.length)
    for (const each of sent) void channel.send(each)
    for (const each of sent) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
      const received = await channel.receive()
      assert.equal(received.done, false)
      assert.ok(Object.is(received.value, each))
    }
  })

  it('size counts the values in the channel, not those of waiting senders', () => {
    const channel = filled(2)
    void channel.send(2)
    assert.equal(channel.size, 2)
    drain(channel)
    assert.equal(channel.size, 0)
  })
})

describe('Channel: sending', () => {
  it('send resolves at once while there is room, and waits while there is none', async () => {
    const channel = new Channel<number>(1)
    assert.equal(await soon(channel.send(0)), undefined)
    const waiting = channel.send(1)
    assert.equal(await soon(waiting), NOT_YET)
    channel.tryReceive()
    assert.equal(await soon(waiting), undefined)
  })

  it('trySend is false where there is no room, and the value is not kept', () => {
    const channel = filled(3)
    assert.equal(channel.trySend(3), false)
    assert.deepEqual(drain(channel), [0, 1, 2])
  })

  it('trySend never takes the place that a waiting sender came for first', () => {
    const channel = filled(2)
    void channel.send(2)
    channel.tryReceive()
    assert.equal(channel.trySend(3), false)
    assert.deepEqual(drain(channel), [1, 2])
  })

  it('waiting senders enter in the order in which they came', () => {
    const channel = filled(1)
    for (const each of [1, 2, 3, 4]) void channel.send(each)
    assert.deepEqual(drain(channel), [0, 1, 2, 3, 4])
  })

  it('waiting senders are told in the order in which they came', async () => {
    const channel = filled(4)
    const told: number[] = []
    const sends = [10, 11, 12, 13, 14].map((each) => channel.send(each).then(() => told.push(each)))
    drain(channel)
    await Promise.all(sends)
    assert.deepEqual(told, [10, 11, 12, 13, 14])
  })

  it('a waiting sender is told within the turn that made room, though the channel is still nearly full', async () => {
    const channel = filled(100)
    const waiting = channel.send(100)
    channel.tryReceive()
    assert.equal(await soon(waiting), undefined)
    assert.equal(channel.size, 100)
  })

  it('a sender that comes back for every value is told each time', async () => {
    const channel = filled(100)
    for (let sent = 100; sent < 200; sent += 1) {
      const waiting = channel.send(sent)
      channel.tryReceive()
      // oxlint-disable-next-line no-await-in-loop -- one wait after the other is what is tested
      assert.equal(await soon(waiting), undefined)
    }
  })

  for (const waiting of [1, 5]) {
    it(`${waiting} waiting are told at once when half of the channel was received`, async () => {
      const channel = filled(10)
      let told = 0
      for (let each = 0; each < waiting; each += 1) void channel.send(each).then(() => (told += 1))
      for (let taken = 0; taken < 5; taken += 1) channel.tryReceive()
      await Promise.resolve()
      assert.equal(told, waiting)
    })
  }

  it('a sender is not woken for every single place: it waits once for half a channel of values', async () => {
    const channel = new Channel<number>(100)
    const received = (async () => {
      let count = 0
      for await (const _ of channel) count += 1
      return count
    })()
    let waits = 0
    for (let sent = 0; sent < 10_000; sent += 1) {
      if (channel.trySend(sent)) continue
      waits += 1
      // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
      await channel.send(sent)
    }
    channel.close()
    assert.equal(await received, 10_000)
    assert.ok(waits <= 10_000 / 50, `${waits} waits`)
  })

  it('the fake timers of a test do not keep a sender waiting', async (t) => {
    t.mock.timers.enable()
    const channel = filled(100)
    const waiting = channel.send(100)
    channel.tryReceive()
    await waiting
  })

  it('a program does not end while a sender is still to be told', async () => {
    const printed = await printedBy(
      `
      for (let sent = 0; sent < 100; sent += 1) channel.trySend(sent)
      channel.send(100).then(() => console.log('told'))
      channel.tryReceive()`,
      100,
    )
    assert.equal(printed, 'told')
  })
})

describe('Channel: receiving', () => {
  it('receive resolves with a value that is there, and waits where there is none', async () => {
    const channel = filled(1)
    assert.deepEqual(await soon(channel.receive()), value(0))
    const waiting = channel.receive()
    assert.equal(await soon(waiting), NOT_YET)
    channel.trySend(1)
    assert.deepEqual(await soon(waiting), value(1))
  })

  it('a value is handed to the receiver that waits for it, and does not lie in the channel', async () => {
    const channel = new Channel<string>(1)
    const waiting = channel.receive()
    assert.equal(channel.trySend('handed over'), true)
    assert.equal(channel.size, 0)
    assert.equal(channel.tryReceive(), undefined)
    assert.deepEqual(await waiting, value('handed over'))
  })

  it('a send that is handed over does not wait', async () => {
    const channel = new Channel<string>(1)
    const waiting = channel.receive()
    assert.equal(await soon(channel.send('handed over')), undefined)
    assert.deepEqual(await waiting, value('handed over'))
  })

  it('waiting receivers are served in the order in which they came', async () => {
    const channel = new Channel<number>(1)
    const waiting = [channel.receive(), channel.receive(), channel.receive()]
    for (const each of [1, 2, 3]) channel.trySend(each)
    assert.deepEqual(await Promise.all(waiting), [value(1), value(2), value(3)])
  })

  it('tryReceive tells a value that is undefined, an empty channel and a drained one apart', () => {
    const channel = new Channel<undefined>(1)
    assert.equal(channel.tryReceive(), undefined)
    channel.trySend(undefined)
    assert.deepEqual(channel.tryReceive(), value(undefined))
    channel.close()
    assert.deepEqual(channel.tryReceive(), DRAINED)
  })

  it('tryReceive sees the values of waiting senders without a turn of the event loop', () => {
    const channel = filled(2)
    for (const each of [2, 3, 4, 5, 6]) void channel.send(each)
    assert.deepEqual(drain(channel), [0, 1, 2, 3, 4, 5, 6])
  })
})

describe('Channel: closing', () => {
  it('receivers get what is left, then that it is done, as often as they ask', async () => {
    const channel = filled(2)
    channel.close()
    assert.deepEqual([channel.closed, channel.size], [true, 2])
    assert.deepEqual(await channel.receive(), value(0))
    assert.deepEqual(channel.tryReceive(), value(1))
    assert.deepEqual(await channel.receive(), DRAINED)
    assert.deepEqual(channel.tryReceive(), DRAINED)
    assert.deepEqual(await channel.receive(), DRAINED)
  })

  it('waiting receivers get that it is done', async () => {
    const channel = new Channel(1)
    const waiting = [channel.receive(), channel.receive()]
    channel.close()
    assert.deepEqual(await Promise.all(waiting), [DRAINED, DRAINED])
  })

  it('each waiting sender gets its own value back', async () => {
    const channel = filled(1)
    const waiting = [channel.send(1), channel.send(2)]
    channel.close()
    const endings = await Promise.allSettled(waiting)
    assert.deepEqual(
      endings.map((ending) => ending.status === 'rejected' && ending.reason.undelivered),
      [1, 2],
    )
    assert.deepEqual(drain(channel), [0])
  })

  it('a sender whose value had entered is told so first, though the channel closes before it wakes', async () => {
    const channel = filled(100)
    const heard: string[] = []
    const sends = [
      channel.send(100).then(() => heard.push('sent')),
      channel.send(101).catch((error: unknown) => heard.push(error instanceof ChannelClosedError ? 'closed' : 'wrong')),
    ]
    channel.tryReceive()
    channel.close()
    await Promise.all(sends)
    assert.deepEqual(heard, ['sent', 'closed'])
    assert.equal(drain(channel).at(-1), 100)
  })

  it('send rejects and trySend throws on a closed channel, with the value', async () => {
    const channel = new Channel<string>(1)
    channel.close()
    const expected = { name: 'ChannelClosedError', code: 'channel_closed', undelivered: 'late' }
    await assert.rejects(channel.send('late'), expected)
    assert.throws(() => channel.trySend('late'), expected)
    assert.deepEqual(channel.tryReceive(), DRAINED)
  })

  it('a second close changes nothing', () => {
    const channel = filled(2)
    channel.close()
    channel.close()
    assert.equal(channel.closed, true)
    assert.deepEqual(drain(channel), [0, 1])
  })
})
