import assert from 'node:assert/strict'
import type { Order } from '../broker/broker.ts'
import { assertEach, type BrokerCase, committed, numbered, offsetOf, setting, sorted, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'

/** Records 1 and 3 have the key a, 2 and 4 the key b, all in partition 0; 5 and 6 have a too, in partition 1. */
const RECORDS = numbered(upTo(6), (n) => ({ key: n % 2 === 1 || n === 6 ? 'a' : 'b', partition: n < 5 ? 0 : 1 }))
/** What goes on while record 1 fails. */
const GOES_ON: readonly (readonly [what: string, order: Order, numbers: readonly number[]])[] = [
  ['its key only, in the order of keys', 'key', [2, 4, 5, 6]],
  ['its partition, in the order of partitions', 'partition', [5, 6]],
  ['nobody, without an order', 'none', [2, 3, 4, 5, 6]],
]
/** Far more than fit into what a commit can tell of them. */
const MANY = 3_000

const fail = (why: string): never => {
  throw new Error(why)
}

/** Records that are tried again, and what they hold back. */
export const retryCases: readonly BrokerCase[] = [
  ...GOES_ON.map(
    ([what, order, numbers]): BrokerCase => ({
      name: `a failed record holds back ${what}`,
      async run(house) {
        const { broker, topic, group } = await setting(house, { partitions: 2 })
        await broker.publish(topic, RECORDS)
        let isMended = false
        await using listener = new Listener(broker, {
          topics: [topic],
          group,
          order,
          run: (n) => (n === 1 && !isMended ? fail('not yet') : undefined),
        })
        await listener.hasDone(numbers.length)
        const tried = listener.began.length
        await listener.hasBegun(tried + 5)
        assertEach(listener.doneNumbers, numbers)
        assert.deepEqual(new Set(listener.beganNumbers.slice(tried)), new Set([1]))
        assert.equal(await offsetOf(broker, group, topic, 0), 0)
        isMended = true
        await committed(broker, group, topic, 4, 0)
        assertEach(listener.doneNumbers, upTo(6))
        const rest = listener.doneNumbers.slice(numbers.length)
        assert.deepEqual(rest, order === 'none' ? [1] : sorted(rest))
      },
    }),
  ),
  {
    name: 'retries outlive a restart, and their count goes on',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(3), { key: 'a' }))
      const attempts: number[] = []
      const retry = { attempts: 5, minMs: 1, maxMs: 1 }
      let open = broker
      for (const lastOfLife of [2, 4]) {
        const life = new Listener(open, {
          topics: [topic],
          group,
          retry,
          run: (_, { attempt }) => {
            attempts.push(attempt)
            if (attempt === lastOfLife) life.signalStop()
            fail('as always')
          },
        })
        await life.until(() => life.hasEnded)
        open = await house.reopen(open)
      }
      await using last = new Listener(open, {
        topics: [topic],
        group,
        retry,
        run: (n, { attempt }) => {
          if (n !== 1) return
          attempts.push(attempt)
          fail('for the last time')
        },
      })
      await committed(open, group, topic, 3)
      assert.deepEqual(attempts, [1, 2, 3, 4, 5])
      assert.deepEqual(last.doneNumbers, [2, 3])
    },
  },
  {
    name: 'a record that waits for its retry is not begun sooner since its member has stopped',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(2)))
      // Evenly between 0 and an hour: one run in a thousand draws less than this case takes.
      const retry = { attempts: 5, minMs: 3_600_000, maxMs: 3_600_000 }
      const run = (n: number): unknown => (n === 1 ? fail('once') : undefined)
      const first = new Listener(broker, { topics: [topic], group, retry, run })
      await first.hasDone(1)
      await first.stop()
      const again = await house.reopen(broker)
      await using second = new Listener(again, { topics: [topic], group, retry, run })
      await again.publish(topic, numbered([3]))
      await second.hasDone(1)
      assert.deepEqual([second.beganNumbers, await offsetOf(again, group, topic)], [[3], 0])
    },
  },
  {
    name: 'what was done after a record that is tried again is not handled again after a restart',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(
        topic,
        numbered(upTo(300), (n) => ({ key: `${n % 10}` })),
      )
      const fails = (n: number): boolean => n % 10 === 1
      const first = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (fails(n) ? fail('in the first life') : undefined),
      })
      await first.hasDone(270)
      await first.stop()
      const again = await house.reopen(broker)
      await using second = new Listener(again, { topics: [topic], group })
      await committed(again, group, topic, 300)
      assert.deepEqual(second.doneNumbers, upTo(300).filter(fails))
      assert.ok((second.began[0]?.attempt ?? 0) > 1)
    },
  },
  ...(['every', 'every second'] as const).map(
    (which): BrokerCase => ({
      name: `where ${which} record fails, more than a commit can tell of, the partition waits and all are handled at last`,
      async run(house) {
        const { broker, topic, group } = await setting(house)
        for (let from = 1; from <= MANY; from += 500)
          await broker.publish(
            topic,
            numbered(upTo(500, from), (n) => ({ key: `${n}` })),
          )
        const isToFail = (n: number): boolean => which === 'every' || n % 2 === 0
        const options = { topics: [topic], group, concurrency: 100 }
        const sick = new Listener(broker, {
          ...options,
          run: (n) => (isToFail(n) ? fail(`${n} ${'is to fail '.repeat(20)}`) : undefined),
        })
        await sick.until(() => sick.began.some(({ attempt }) => attempt > 10))
        const tried = new Set(sick.beganNumbers)
        assert.ok(tried.size < MANY, 'all of them were begun')
        await sick.stop()
        const again = await house.reopen(broker)
        await using sound = new Listener(again, options)
        await committed(again, group, topic, MANY)
        assertEach([...sick.doneNumbers, ...sound.doneNumbers], upTo(MANY))
        assert.ok(sound.began.some(({ attempt }) => attempt > 1))
      },
    }),
  ),
]
