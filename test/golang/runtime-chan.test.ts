/**
 * After those of Go's src/runtime/chan_test.go and chanbarrier_test.go that need no select: TestChan,
 * TestNonblockRecvRace, TestSelfSelect (both sides in one task), TestMultiConsumer, TestChanSendBarrier.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { systemClock } from '../../src/core/clock.ts'
import { DRAINED, drain, filled, NOT_YET, soon, take, value } from '../channel/probes.ts'

const CAPACITIES = [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 100, 199]

const sendAll = async (channel: Channel<number>, many: number): Promise<void> => {
  // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
  for (let each = 0; each < many; each += 1) await channel.send(each)
}

const takeAll = async (channel: Channel<number>, many: number): Promise<number[]> => {
  const values: number[] = []
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
  while (values.length < many) values.push(await take(channel))
  return values
}

for (const capacity of CAPACITIES) {
  describe(`Go: TestChan, capacity ${capacity}`, () => {
    it('those who receive from an empty channel wait, and tryReceive does not', async () => {
      const channel = new Channel<number>(capacity)
      const waiting = [channel.receive(), channel.receive()]
      assert.equal(await soon(Promise.race(waiting)), NOT_YET)
      assert.equal(channel.tryReceive(), undefined)
      await sendAll(channel, 2)
      assert.deepEqual(await Promise.all(waiting), [value(0), value(1)])
    })

    it('who sends to a full channel waits, and trySend does not', async () => {
      const channel = filled(capacity)
      const waiting = channel.send(capacity)
      assert.equal(await soon(waiting), NOT_YET)
      assert.equal(channel.trySend(0), false)
      channel.tryReceive()
      assert.equal(await soon(waiting), undefined)
    })

    it('a closed channel gives what is in it, in order, then it is done', () => {
      const channel = filled(capacity)
      channel.close()
      assert.deepEqual(
        drain(channel),
        Array.from({ length: capacity }, (_, each) => each),
      )
      assert.deepEqual(channel.tryReceive(), DRAINED)
    })

    it('100 values come through in order', async () => {
      const channel = new Channel<number>(capacity)
      const sent = sendAll(channel, 100)
      assert.deepEqual(
        await takeAll(channel, 100),
        Array.from({ length: 100 }, (_, each) => each),
      )
      await sent
    })

    it('what four send, four receive: each value four times', async () => {
      const channel = new Channel<number>(capacity)
      const sent = Array.from({ length: 4 }, () => sendAll(channel, 1_000))
      const received = await Promise.all(Array.from({ length: 4 }, () => takeAll(channel, 1_000)))
      await Promise.all(sent)
      const times = Map.groupBy(received.flat(), (each) => each)
      assert.equal(times.size, 1_000)
      assert.deepEqual(new Set([...times.values()].map((values) => values.length)), new Set([4]))
    })

    it('its size is the number of values sent, up to its capacity', () => {
      const channel = new Channel<number>(capacity)
      for (let size = 0; size < capacity; size += 1) {
        assert.equal(channel.size, size)
        channel.trySend(size)
      }
      assert.deepEqual([channel.size, channel.capacity], [capacity, capacity])
    })
  })
}

const ask = async (ordinal: number): Promise<Error> => {
  const answers = new Channel<Error>(1)
  void systemClock.yield().then(() => answers.send(new Error(`answer ${ordinal}`)))
  return take(answers)
}

describe('Go: chan_test', () => {
  it('TestNonblockRecvRace: tryReceive at a channel with a value, closed or not, finds something', () => {
    const channel = filled(1)
    channel.close()
    assert.deepEqual(channel.tryReceive(), value(0))
    assert.deepEqual(channel.tryReceive(), DRAINED)
  })

  it('TestSelfSelect: two tasks that send and receive at the same channel in turn end both', async () => {
    const channel = new Channel<number>(10)
    const task = async (own: number): Promise<void> => {
      for (let round = 0; round < 1_000; round += 1) {
        // oxlint-disable no-await-in-loop -- a task does one thing after the other
        await channel.send(own)
        await take(channel)
        // oxlint-enable no-await-in-loop
      }
    }
    await Promise.all([task(0), task(1)])
    assert.equal(channel.size, 0)
  })

  it('TestMultiConsumer: what a feeder sends comes through 23 workers to the end, nothing lost or doubled', async () => {
    const [workers, many] = [23, 27_182]
    const numbers = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31]
    const [jobs, results] = [new Channel<number>(workers * 3), new Channel<number>(workers * 3)]
    const work = async (index: number): Promise<void> => {
      for await (const each of jobs) {
        if (numbers[index % numbers.length] === each) await Promise.resolve()
        await results.send(each)
      }
    }
    const working = Promise.all(Array.from({ length: workers }, (_, index) => work(index)))
    let expected = 0
    const feeding = (async () => {
      for (let index = 0; index < many; index += 1) {
        const each = numbers[index % numbers.length] ?? 0
        expected += each
        // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
        await jobs.send(each)
      }
      jobs.close()
      await working
      results.close()
    })()
    const seen = { count: 0, sum: 0 }
    for await (const each of results) {
      seen.count += 1
      seen.sum += each
    }
    await feeding
    assert.deepEqual(seen, { count: many, sum: expected })
  })

  it('TestChanSendBarrier: a channel made for one answer gives it, 10,000 times over', async () => {
    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, ordinal) => ask(ordinal)))
    for (const [ordinal, { message }] of answers.entries()) assert.equal(message, `answer ${ordinal}`)
  })
})
