import assert from 'node:assert/strict'
import { PermanentError } from '../core/errors.ts'
import { assertEach, type BrokerCase, type BrokerHouse, committed, numbered, setting, upTo } from './broker-case.ts'
import { type Call, Listener } from './broker-listener.ts'

const die = (): never => {
  throw new PermanentError('not now')
}

/** Of 6 records in 2 partitions, 2 and 5 are dead. The listeners have stopped. */
async function twoDead(house: BrokerHouse) {
  const { broker, topic, group } = await setting(house, { partitions: 2 })
  await broker.publish(
    topic,
    numbered(upTo(6), (n) => ({ partition: n % 2, key: `key-${n}`, headers: { trace: `${n}` } })),
  )
  const first = new Listener(broker, {
    topics: [topic],
    group,
    run: (n) => (n === 2 || n === 5 ? die() : undefined),
  })
  await committed(broker, group, topic, 3, 0)
  await committed(broker, group, topic, 3, 1)
  await first.stop()
  return { broker, topic, group, first }
}

const seen = ({ n, record, idempotencyKey }: Call): unknown => ({
  n,
  record: { ...record, headers: { ...record.headers }, timestamp: undefined },
  idempotencyKey,
})
const inOrder = (calls: readonly Call[]): readonly unknown[] => calls.toSorted((a, b) => a.n - b.n).map(seen)

/** Dead records that are brought back. */
export const replayCases: readonly BrokerCase[] = [
  {
    name: 'a dead record that is replayed comes to its group as it came first, from its first attempt',
    async run(house) {
      const { broker, topic, group, first } = await twoDead(house)
      assert.equal(await broker.replay(group, topic), 2)
      await using again = new Listener(broker, { topics: [topic], group })
      await again.hasDone(2)
      assert.deepEqual(inOrder(again.done), inOrder(first.began.filter(({ n }) => n === 2 || n === 5)))
      assert.deepEqual(
        again.began.map(({ attempt }) => attempt),
        [1, 1],
      )
    },
  },
  {
    name: 'a dead record is replayed once, also by two brokers at the same time',
    async run(house) {
      const { broker, topic, group } = await twoDead(house)
      const other = await house.open()
      const counts = await Promise.all([broker.replay(group, topic), other.replay(group, topic)])
      assert.equal(counts[0] + counts[1], 2)
      assert.equal(await broker.replay(group, topic), 0)
      await using again = new Listener(broker, { topics: [topic], group })
      await again.hasDone(2)
      await broker.publish(topic, numbered([7]))
      await again.hasDone(3)
      await again.stop()
      assertEach(again.beganNumbers, [2, 5, 7])
    },
  },
  {
    name: 'a replay comes to no other group, one that is new neither',
    async run(house) {
      const { broker, topic, group } = await twoDead(house)
      await using other = new Listener(broker, { topics: [topic], group: house.name('other') })
      await other.hasDone(6)
      await using own = new Listener(broker, { topics: [topic], group })
      assert.equal(await broker.replay(group, topic), 2)
      await own.hasDone(2)
      await using late = new Listener(broker, { topics: [topic], group: house.name('late') })
      await broker.publish(topic, numbered([7, 8]))
      for (const [listener, count] of [
        [own, 4],
        [other, 8],
        [late, 8],
      ] as const) {
        await listener.hasDone(count)
        await listener.stop()
        assert.equal(listener.began.length, count)
      }
    },
  },
  {
    name: 'a replay comes to a group that is at work',
    async run(house) {
      const { broker, topic, group } = await twoDead(house)
      await using member = new Listener(broker, { topics: [topic], group })
      await broker.publish(topic, numbered([7]))
      await member.hasDone(1)
      assert.equal(await (await house.open()).replay(group, topic), 2)
      await member.hasDone(3)
      assertEach(member.doneNumbers, [2, 5, 7])
    },
  },
  {
    name: 'what dies again after a replay can be replayed again, as it came first',
    async run(house) {
      const { broker, topic, group, first } = await twoDead(house)
      await broker.replay(group, topic)
      const second = new Listener(broker, { topics: [topic], group, run: die })
      await second.hasBegun(2)
      await second.stop()
      assert.equal(await broker.replay(group, topic), 2)
      await using third = new Listener(broker, { topics: [topic], group })
      await third.hasDone(2)
      assert.deepEqual(inOrder(third.done), inOrder(first.began.filter(({ n }) => n === 2 || n === 5)))
      assert.equal(await broker.replay(group, topic), 0)
    },
  },
  {
    name: 'a replay where nothing is dead brings back nothing',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      assert.equal(await broker.replay(group, topic), 0)
      await broker.publish(topic, numbered(upTo(3)))
      await using member = new Listener(broker, { topics: [topic], group })
      await committed(broker, group, topic, 3)
      assert.equal(await broker.replay(group, topic), 0)
      assert.equal(await broker.replay(house.name('another'), topic), 0)
      assert.equal(member.began.length, 3)
    },
  },
  {
    name: 'a replay outlives a restart',
    async run(house) {
      const { broker, topic, group } = await twoDead(house)
      assert.equal(await broker.replay(group, topic), 2)
      const again = await house.reopen(broker)
      assert.equal(await again.replay(group, topic), 0)
      await using member = new Listener(again, { topics: [topic], group })
      await member.hasDone(2)
      assertEach(member.doneNumbers, [2, 5])
    },
  },
]
