import assert from 'node:assert/strict'
import { assertEach, type BrokerCase, committed, numbered, pause, setting, upTo } from './broker-case.ts'
import { type Call, Listener, type ListenerOptions } from './broker-listener.ts'
import { seededRandom } from './random.ts'

const COUNT = 200
const KEYS = 6
const MAX_MS = 4
const CONCURRENCY = 8

/** The numbers of the calls, for each key or partition. */
function numbersBy(calls: readonly Call[], of: (call: Call) => unknown): ReadonlyMap<unknown, readonly number[]> {
  const numbers = new Map<unknown, number[]>()
  for (const call of calls) numbers.set(of(call), [...(numbers.get(of(call)) ?? []), call.n])
  return numbers
}

const keyOf = (n: number): string => `key-${n % KEYS}`

/** Handlers of all lengths, and how many of the same name were in work at once. */
function counted(nameOf: (call: Pick<Call, 'record'>) => string) {
  const random = seededRandom(1)
  const inWork = new Map<string, number>()
  const most = { ofOneName: 0, atAll: 0 }
  let all = 0
  const run: NonNullable<ListenerOptions['run']> = async (_, context) => {
    const name = nameOf(context)
    const now = (inWork.get(name) ?? 0) + 1
    inWork.set(name, now)
    all += 1
    most.ofOneName = Math.max(most.ofOneName, now)
    most.atAll = Math.max(most.atAll, all)
    await pause(random() * MAX_MS)
    inWork.set(name, (inWork.get(name) ?? 0) - 1)
    all -= 1
  }
  return { run, most }
}

/** What a record waits for. */
export const orderCases: readonly BrokerCase[] = [
  {
    name: 'records of a key are handled one after the other, in the order of publishing, beside those of others',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 3 })
      await broker.publish(
        topic,
        numbered(upTo(COUNT), (n) => ({ key: keyOf(n) })),
      )
      const { run, most } = counted(({ record }) => String(record.key))
      await using listener = new Listener(broker, { topics: [topic], group, run, concurrency: CONCURRENCY })
      await listener.hasDone(COUNT)
      for (const [key, numbers] of numbersBy(listener.done, ({ record }) => record.key))
        assert.deepEqual(
          numbers,
          upTo(COUNT).filter((n) => keyOf(n) === key),
        )
      assert.equal(most.ofOneName, 1)
      assert.ok(most.atAll > 1 && most.atAll <= CONCURRENCY)
    },
  },
  {
    name: 'a record waits for an earlier one of its key, one of another key or of none does not',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      const keys = ['a', 'a', 'b', undefined, 'b', undefined]
      await broker.publish(
        topic,
        numbered(upTo(6), (n) => ({ key: keys[n - 1] })),
      )
      const first = Promise.withResolvers<void>()
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n === 1 ? first.promise : undefined),
      })
      await listener.hasDone(4)
      assertEach(listener.beganNumbers, [1, 3, 4, 5, 6])
      first.resolve()
      await listener.hasDone(6)
      assert.deepEqual(listener.doneNumbers.slice(4), [1, 2])
    },
  },
  {
    name: 'a record without a key waits for no other without one, and an empty key is one',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, [...numbered([1, 2]), ...numbered([3, 4], { key: '' }), ...numbered([5])])
      const gate = Promise.withResolvers<void>()
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n === 1 || n === 3 ? gate.promise : undefined),
      })
      await listener.hasDone(2)
      assertEach(listener.beganNumbers, [1, 2, 3, 5])
      gate.resolve()
      await listener.hasDone(5)
    },
  },
  {
    name: 'in the order of the partition one of it is handled after the other, beside those of others',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 3 })
      await broker.publish(
        topic,
        numbered(upTo(COUNT), (n) => ({ key: n % 2 === 0 ? undefined : keyOf(n), partition: n % 3 })),
      )
      const { run, most } = counted(({ record }) => String(record.partition))
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        run,
        order: 'partition',
        concurrency: CONCURRENCY,
      })
      await listener.hasDone(COUNT)
      for (const [partition, numbers] of numbersBy(listener.done, ({ record }) => record.partition))
        assert.deepEqual(
          numbers,
          upTo(COUNT).filter((n) => n % 3 === partition),
        )
      assert.equal(most.ofOneName, 1)
      assert.ok(most.atAll > 1 && most.atAll <= 3)
    },
  },
  {
    name: 'without an order a record waits for nothing',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(20), { key: 'a' }))
      const first = Promise.withResolvers<void>()
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        order: 'none',
        concurrency: 2,
        run: (n) => (n === 1 ? first.promise : undefined),
      })
      await listener.hasDone(19)
      assert.ok(!listener.doneNumbers.includes(1))
      first.resolve()
      await committed(broker, group, topic, 20)
      assert.equal(listener.began.length, 20)
    },
  },
  {
    name: 'no more are in work at once than the concurrency, over all partitions and topics',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 5 })
      const other = house.name('other')
      await broker.createTopic(other, { partitions: 5 })
      for (const name of [topic, other]) await broker.publish(name, numbered(upTo(60)))
      const { run, most } = counted(() => 'all')
      await using listener = new Listener(broker, { topics: [topic, other], group, run, concurrency: 4 })
      await listener.hasDone(120)
      assert.equal(most.atAll, 4)
    },
  },
  {
    name: 'a record of one key that is in work holds up no other partition nor topic',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const other = house.name('other')
      await broker.createTopic(other)
      await broker.publish(topic, [
        ...numbered([1, 2], { key: 'a', partition: 0 }),
        ...numbered(upTo(50, 10), { partition: 1 }),
      ])
      await broker.publish(other, numbered(upTo(50, 100), { key: 'a' }))
      const first = Promise.withResolvers<void>()
      await using listener = new Listener(broker, {
        topics: [topic, other],
        group,
        concurrency: 2,
        run: (n) => (n === 1 ? first.promise : undefined),
      })
      await listener.hasDone(100)
      assert.ok(!listener.beganNumbers.includes(2))
      first.resolve()
      await listener.hasDone(102)
      assert.deepEqual(listener.doneNumbers.slice(100), [1, 2])
    },
  },
]
