import assert from 'node:assert/strict'
import type { NewRecord } from '../broker/broker.ts'
import { partitionOf } from '../broker/partition.ts'
import { systemClock } from '../core/clock.ts'
import { type BrokerCase, type BrokerHouse, code, numbered, setting, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'

const KEYS = ['', 'a', 'book-17', 'Käse', 'größer', '日本', '🦉', 'x'.repeat(1_000), ...upTo(30).map(String)]

const PAYLOADS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1.5e300,
  Number.MAX_SAFE_INTEGER,
  '',
  'Ein "Käse" \\ \u0000 \u2028 🦉',
  [],
  {},
  [null, [1, [2]], { a: [] }],
  { '': 0, constructor: 'c', toString: null, nested: { ö: { n: [{}] } } },
]

/** Publishes these to a topic of one partition, and resolves with what a handler gets. */
async function broughtBack(house: BrokerHouse, records: readonly NewRecord[]) {
  const { broker, topic, group } = await setting(house)
  const positions = await broker.publish(topic, records)
  const payloads: unknown[] = []
  await using listener = new Listener(broker, {
    topics: [topic],
    group,
    order: 'partition',
    run: (_, { record }) => void payloads.push(record.payload),
  })
  await listener.hasDone(records.length)
  return { topic, positions, payloads, came: listener.done.map(({ record }) => record) }
}

/** What is kept of a call, and where. */
export const publishCases: readonly BrokerCase[] = [
  {
    name: 'a record comes as it was published, from where its publisher was told',
    async run(house) {
      const from = systemClock.now()
      const record = { payload: { n: 1 }, key: 'a', headers: { trace: '7', ä: 'ö', empty: '' } }
      const { topic, positions, came } = await broughtBack(house, [record, { payload: { n: 2 } }])
      assert.deepEqual(positions, [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 0, offset: 1 },
      ])
      const [first, second] = came
      assert.ok(first !== undefined && second !== undefined)
      const { timestamp, ...rest } = first
      assert.deepEqual({ ...rest, headers: { ...rest.headers } }, { ...record, topic, partition: 0, offset: 0 })
      assert.ok(timestamp instanceof Date)
      assert.ok(timestamp.getTime() >= from && timestamp.getTime() <= systemClock.now())
      assert.deepEqual([second.key, { ...second.headers }, second.offset], [undefined, {}, 1])
    },
  },
  {
    name: 'a payload of any kind of JSON value comes as it was',
    async run(house) {
      const { payloads } = await broughtBack(
        house,
        PAYLOADS.map((payload) => ({ payload })),
      )
      assert.deepEqual(payloads, PAYLOADS)
    },
  },
  {
    name: 'a payload of nearly 1 MiB comes as it was',
    async run(house) {
      const payload = { text: 'ä'.repeat(500_000), rest: 'x'.repeat(40_000) }
      const { payloads } = await broughtBack(house, [{ payload }, { payload: 'small' }, { payload }])
      assert.deepEqual(payloads, [payload, 'small', payload])
    },
  },
  {
    name: 'what its publisher changes after the call is not in the record',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      const payload = { n: 1 }
      const headers = { a: 'b' }
      const published = broker.publish(topic, [{ payload, headers }])
      payload.n = 2
      headers.a = 'c'
      await published
      await using listener = new Listener(broker, { topics: [topic], group })
      await listener.hasDone(1)
      assert.deepEqual([listener.doneNumbers, { ...listener.done[0]?.record.headers }], [[1], { a: 'b' }])
    },
  },
  {
    name: 'an empty key is a key, and no key is none',
    async run(house) {
      const records = numbered(upTo(4), (n) => ({ key: n % 2 === 0 ? '' : undefined }))
      const { came } = await broughtBack(house, records)
      assert.deepEqual(
        came.map(({ key }) => key),
        [undefined, '', undefined, ''],
      )
    },
  },
  {
    name: 'a key has the partition that Kafka gives it, with umlauts too',
    async run(house) {
      const { broker, topic } = await setting(house, { partitions: 7 })
      const positions = await broker.publish(
        topic,
        KEYS.map((key) => ({ payload: null, key })),
      )
      assert.deepEqual(
        positions.map(({ partition }) => partition),
        KEYS.map((key) => partitionOf(key, 7)),
      )
    },
  },
  {
    name: 'a record goes to the partition that it names, whatever its key is',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 3 })
      const records = numbered(upTo(9), (n) => ({ partition: n % 3, key: 'a' }))
      const positions = await broker.publish(topic, records)
      assert.deepEqual(
        positions.map(({ partition, offset }) => [partition, offset]),
        upTo(9).map((n) => [n % 3, Math.floor((n - 1) / 3)]),
      )
      await using listener = new Listener(broker, { topics: [topic], group })
      await listener.hasDone(9)
      for (const { n, record } of listener.done) assert.deepEqual([record.partition, record.key], [n % 3, 'a'])
    },
  },
  {
    name: 'records without a key go round the partitions',
    async run(house) {
      const { broker, topic } = await setting(house, { partitions: 3 })
      const positions = await Promise.all(upTo(30).map((n) => broker.publish(topic, numbered([n]))))
      const ofEach = [0, 1, 2].map((number) => positions.flat().filter(({ partition }) => partition === number).length)
      assert.deepEqual(ofEach, [10, 10, 10])
    },
  },
  {
    name: 'offsets of a partition begin at 0 and leave nothing out, whoever publishes',
    async run(house) {
      const { broker, topic } = await setting(house)
      const other = await house.open()
      const positions = await Promise.all(
        upTo(20).map((n) => (n % 2 === 0 ? broker : other).publish(topic, numbered(upTo(n % 3, n * 10)))),
      )
      const offsets = positions.flat().map(({ offset }) => offset)
      assert.deepEqual(
        offsets.toSorted((one, two) => one - two),
        upTo(offsets.length, 0),
      )
      for (const call of positions)
        assert.deepEqual(
          call,
          call.toSorted((one, two) => one.offset - two.offset),
        )
    },
  },
  {
    name: 'a publisher sees its records in the order of its calls, also where it does not wait',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await Promise.all(upTo(50).map((n) => broker.publish(topic, numbered([n], { key: 'a' }))))
      await using listener = new Listener(broker, { topics: [topic], group })
      await listener.hasDone(50)
      assert.deepEqual(listener.doneNumbers, upTo(50))
    },
  },
  {
    name: 'a call of no records keeps nothing',
    async run(house) {
      const { broker, topic } = await setting(house)
      assert.deepEqual(await broker.publish(topic, []), [])
      const [first] = await broker.publish(topic, numbered([1]))
      assert.equal(first?.offset, 0)
    },
  },
  ...refused('a payload that is no JSON value', 'payload_refused', { payload: { n: 1n } }),
  ...refused('a payload that is undefined', 'payload_refused', { payload: undefined }),
  ...refused('a payload of more than 1 MiB', 'payload_refused', { payload: 'x'.repeat(1_048_576) }),
  ...refused('a partition that the topic has not', 'invalid_option', { payload: null, partition: 3 }),
  ...refused('a partition below 0', 'invalid_option', { payload: null, partition: -1 }),
  ...refused('a key that is no text', 'invalid_option', { payload: null, key: 7 as never }),
  ...refused('a key of more than 1,000 characters', 'invalid_option', { payload: null, key: 'x'.repeat(1_001) }),
  ...refused('a header that is no text', 'invalid_option', { payload: null, headers: { a: 1 as never } }),
  ...refused('a header of the library', 'invalid_option', { payload: null, headers: { 'willcall-id': '1' } }),
  ...refused('a field that no record has', 'invalid_option', { payload: null, header: {} } as NewRecord),
  {
    name: 'a topic that nobody has created is refused',
    async run(house) {
      const broker = await house.open()
      const topic = house.name('nobodys')
      await assert.rejects(broker.publish(topic, numbered([1])), code('unknown_topic'))
      const options = { topics: [topic], group: house.name('group'), run: () => {} }
      await assert.rejects(broker.subscribe(options), code('unknown_topic'))
      await assert.rejects(broker.seek(options.group, topic, 'earliest'), code('unknown_topic'))
      await assert.rejects(broker.replay(options.group, topic), code('unknown_topic'))
    },
  },
]

/** All of a call or none of it is kept: it is refused whole for the last of its records. */
function refused(what: string, why: string, record: NewRecord): readonly BrokerCase[] {
  return [
    {
      name: `${what} is refused, with all of its call`,
      async run(house) {
        const { broker, topic } = await setting(house, { partitions: 3 })
        const before = numbered(upTo(3), (n) => ({ partition: n - 1 }))
        await assert.rejects(async () => await broker.publish(topic, [...before, record]), code(why))
        const positions = await broker.publish(topic, before)
        assert.deepEqual(
          positions.map(({ offset }) => offset),
          [0, 0, 0],
        )
      },
    },
  ]
}
