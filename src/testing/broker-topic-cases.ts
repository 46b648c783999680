import assert from 'node:assert/strict'
import type { SubscribeOptions, TopicShape } from '../broker/broker.ts'
import { type BrokerCase, code, numbered, setting, upTo } from './broker-case.ts'

const SHAPE: TopicShape = { partitions: 3, retentionMs: 86_400_000, retentionBytes: 1_000_000_000 }
const OTHERS: readonly TopicShape[] = [
  { partitions: 2 },
  { retentionMs: 86_400_001 },
  { retentionBytes: 1_000_000_001 },
]
const WRONG: readonly (readonly [what: string, shape: object])[] = [
  ['no partitions', { partitions: 0 }],
  ['more than 1,000 partitions', { partitions: 1_001 }],
  ['one and a half partitions', { partitions: 1.5 }],
  ['a time that is no number', { retentionMs: Number.NaN }],
  ['fewer bytes than none', { retentionBytes: -1 }],
]
const NAMES = ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)]
const OPTIONS: readonly (readonly [what: string, options: object])[] = [
  ['no topics', { topics: [] }],
  ['a group that is no name', { group: 'a b' }],
  ['a concurrency of 0', { concurrency: 0 }],
  ['an order that there is not', { order: 'keys' }],
  ['no attempts', { retry: { attempts: 0 } }],
  ['a time-out of 0', { timeoutMs: 0 }],
  ['a grace below 0', { graceMs: -1 }],
  ['a single death', { maxDeaths: 1 }],
]

/** Topics, their shapes and their names. */
export const topicCases: readonly BrokerCase[] = [
  {
    name: 'a topic is created again with the same shape, by anybody',
    async run(house) {
      const [one, other] = [await house.open(), await house.open()]
      const topic = house.name('topic')
      await Promise.all(upTo(6).map((n) => (n % 2 === 0 ? one : other).createTopic(topic, SHAPE)))
      await one.publish(topic, numbered([1], { partition: 2 }))
      await (await house.reopen(other)).createTopic(topic, SHAPE)
      const [position] = await one.publish(topic, numbered([2], { partition: 2 }))
      assert.equal(position?.offset, 1)
    },
  },
  {
    name: 'a topic with another shape is refused, and stays as it is',
    async run(house) {
      const { broker, topic } = await setting(house, SHAPE)
      for (const other of OTHERS)
        await assert.rejects(broker.createTopic(topic, { ...SHAPE, ...other }), code('conflict'))
      await assert.rejects(broker.createTopic(topic), code('conflict'))
      await broker.createTopic(topic, SHAPE)
      await assert.rejects(broker.publish(topic, numbered([1], { partition: 3 })), code('invalid_option'))
    },
  },
  ...WRONG.map(
    ([what, shape]): BrokerCase => ({
      name: `a topic with ${what} is refused`,
      async run(house) {
        const broker = await house.open()
        const topic = house.name('topic')
        await assert.rejects(broker.createTopic(topic, shape), code('invalid_option'))
        await assert.rejects(broker.publish(topic, numbered([1])), code('unknown_topic'))
      },
    }),
  ),
  {
    name: 'a topic of two replicas is refused with `unsupported` where there cannot be any',
    async run(house) {
      const broker = await house.open()
      if (broker.features.has('replicas')) return
      await assert.rejects(broker.createTopic(house.name('topic'), { replicas: 2 }), code('unsupported'))
    },
  },
  {
    name: 'a name that no topic can have is refused',
    async run(house) {
      const broker = await house.open()
      for (const name of NAMES) await assert.rejects(broker.createTopic(name), code('invalid_option'), name)
    },
  },
  {
    name: 'a name of 249 letters, digits, dots, underscores and hyphens is taken',
    async run(house) {
      const broker = await house.open()
      const name = house.name('aZ09._-').padEnd(249, 'x')
      await broker.createTopic(name)
      const [position] = await broker.publish(name, numbered([1]))
      assert.deepEqual(position, { topic: name, partition: 0, offset: 0 })
    },
  },
  ...OPTIONS.map(
    ([what, wrong]): BrokerCase => ({
      name: `a subscription with ${what} is refused before it begins`,
      async run(house) {
        const { broker, topic, group } = await setting(house)
        const options: SubscribeOptions = { topics: [topic], group, run: () => {}, ...wrong }
        await assert.rejects(async () => await broker.subscribe(options), code('invalid_option'))
        await broker.seek(group, topic, 'earliest')
      },
    }),
  ),
]
