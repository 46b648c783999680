import assert from 'node:assert/strict'
import type { Broker, Lag, Position, SeekTo } from '../broker/broker.ts'
import { systemClock } from '../core/clock.ts'
import {
  assertEach,
  type BrokerCase,
  type BrokerHouse,
  code,
  committed,
  numbered,
  offsetOf,
  setting,
  until,
  upTo,
} from './broker-case.ts'
import { Listener } from './broker-listener.ts'

const placed = <Place extends Position>(places: readonly Place[]): readonly Place[] =>
  places.toSorted((one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition)

/** 5 records in each of 2 partitions, with odd and even numbers, all handled by a group that has stopped. */
async function handled(house: BrokerHouse) {
  const { broker, topic, group } = await setting(house, { partitions: 2 })
  await broker.publish(
    topic,
    numbered(upTo(10), (n) => ({ partition: (n + 1) % 2 })),
  )
  {
    await using member = new Listener(broker, { topics: [topic], group })
    await committed(broker, group, topic, 5, 0)
    await committed(broker, group, topic, 5, 1)
    await member.stop()
  }
  return { broker, topic, group }
}

/** What the group gets where it begins anew, once it has got so many. */
async function gets(broker: Broker, topic: string, group: string, count: number): Promise<readonly number[]> {
  await using member = new Listener(broker, { topics: [topic], group })
  await member.hasDone(count)
  await member.stop()
  return member.beganNumbers
}

const SEEKS: readonly (readonly [what: string, to: SeekTo, numbers: readonly number[]])[] = [
  ['the earliest', 'earliest', upTo(11)],
  ['the latest', 'latest', [11]],
  ['a time before all', new Date(0), upTo(11)],
  [
    'offsets of both',
    [
      { partition: 0, offset: 4 },
      { partition: 1, offset: 3 },
    ],
    [8, 9, 10, 11],
  ],
  ['an offset of one', [{ partition: 1, offset: 4 }], [10, 11]],
  ['the offset after the last', [{ partition: 0, offset: 5 }], [11]],
]

/** How far a group is, and where it is sent. */
export const progressCases: readonly BrokerCase[] = [
  {
    name: 'a record is committed when its handler has returned, and not before',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await broker.publish(topic, [...numbered(upTo(3), { partition: 0 }), ...numbered([4], { partition: 1 })])
      const gate = Promise.withResolvers<void>()
      await using member = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n === 1 ? gate.promise : undefined),
      })
      await member.hasDone(3)
      await committed(broker, group, topic, 1, 1)
      assert.equal(await offsetOf(broker, group, topic, 0), 0)
      gate.resolve()
      await committed(broker, group, topic, 3, 0)
      assert.equal(member.began.length, 4)
    },
  },
  {
    name: 'offsets and lag tell where a group is in each partition that it has begun',
    async run(house) {
      const { broker, topic, group } = await handled(house)
      const at = (partition: number): Position => ({ topic, partition, offset: 5 })
      assert.deepEqual(placed(await broker.offsets(group)), [at(0), at(1)])
      const lagOf = async (): Promise<readonly Lag[]> => placed(await broker.lag(group))
      assert.deepEqual(await lagOf(), [
        { ...at(0), lag: 0 },
        { ...at(1), lag: 0 },
      ])
      await broker.publish(topic, numbered(upTo(3), { partition: 1 }))
      assert.deepEqual(await lagOf(), [
        { ...at(0), lag: 0 },
        { ...at(1), lag: 3 },
      ])
      assert.deepEqual(placed(await (await house.reopen(broker)).offsets(group)), [at(0), at(1)])
    },
  },
  {
    name: 'a group that nobody has heard of has no offsets and no lag',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered([1]))
      assert.deepEqual([await broker.offsets(group), await broker.lag(group)], [[], []])
    },
  },
  {
    name: 'lag counts what is above a record that is not done',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(10)))
      const gate = Promise.withResolvers<void>()
      await using member = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n === 3 ? gate.promise : undefined),
      })
      await member.hasDone(9)
      await committed(broker, group, topic, 2)
      assert.deepEqual(await broker.lag(group), [{ topic, partition: 0, offset: 2, lag: 8 }])
      gate.resolve()
      await committed(broker, group, topic, 10)
    },
  },
  ...SEEKS.map(
    ([what, to, numbers]): BrokerCase => ({
      name: `a stopped group that is sent to ${what} goes on from there`,
      async run(house) {
        const { broker, topic, group } = await handled(house)
        await broker.seek(group, topic, to)
        const again = await house.reopen(broker)
        await again.publish(topic, numbered([11], { partition: 0 }))
        assertEach(await gets(again, topic, group, numbers.length), numbers)
      },
    }),
  ),
  {
    name: 'a stopped group that is sent to a time goes on from the first record published then',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await broker.publish(topic, numbered(upTo(4)))
      const before = systemClock.now()
      await until(() => systemClock.now() > before)
      const time = new Date(systemClock.now())
      await broker.publish(topic, numbered(upTo(4, 5)))
      assertEach(await gets(broker, topic, group, 8), upTo(8))
      await broker.seek(group, topic, time)
      assertEach(await gets(broker, topic, group, 4), upTo(4, 5))
      await broker.seek(group, topic, new Date(systemClock.now() + 3_600_000))
      await broker.publish(topic, numbered([9]))
      assertEach(await gets(broker, topic, group, 1), [9])
    },
  },
  {
    name: 'a group that has never begun can be sent to the latest',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await broker.publish(topic, numbered(upTo(6)))
      await broker.seek(group, topic, 'latest')
      await broker.publish(topic, numbered([7]))
      assertEach(await gets(broker, topic, group, 1), [7])
      assertEach(await gets(broker, topic, house.name('other'), 7), upTo(7))
    },
  },
  {
    name: 'a group with a member is not sent anywhere, whichever process it is in',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(3)))
      await using member = new Listener(broker, { topics: [topic], group })
      await committed(broker, group, topic, 3)
      for (const asked of [broker, await house.open()])
        await assert.rejects(asked.seek(group, topic, 'earliest'), code('already_running'))
      assert.equal(await offsetOf(broker, group, topic), 3)
      await member.stop()
      await broker.seek(group, topic, 'earliest')
      assertEach(await gets(broker, topic, group, 3), upTo(3))
    },
  },
  {
    name: 'a group that is removed begins anew, but not while it has a member',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(3)))
      await using member = new Listener(broker, { topics: [topic], group })
      await committed(broker, group, topic, 3)
      for (const asked of [broker, await house.open()])
        await assert.rejects(asked.removeGroup(group), code('already_running'))
      await member.stop()
      await broker.removeGroup(group)
      assert.deepEqual(await broker.offsets(group), [])
      await broker.removeGroup(group)
      assertEach(await gets(broker, topic, group, 3), upTo(3))
    },
  },
  {
    name: 'a place that there is not is refused, and the group stays where it is',
    async run(house) {
      const { broker, topic, group } = await handled(house)
      const wrong: readonly unknown[] = [
        [{ partition: 0, offset: 6 }],
        [{ partition: 0, offset: -1 }],
        [{ partition: 0, offset: 1.5 }],
        [
          { partition: 0, offset: 0 },
          { partition: 2, offset: 0 },
        ],
        new Date(Number.NaN),
        'first',
        undefined,
      ]
      for (const to of wrong)
        await assert.rejects(async () => await broker.seek(group, topic, to as SeekTo), code('invalid_option'))
      const offsets = placed(await broker.offsets(group)).map(({ offset }) => offset)
      assert.deepEqual(offsets, [5, 5])
    },
  },
  {
    name: 'a group that is sent back forgets what was to be tried again, and no other is moved',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(4)))
      const other = house.name('other')
      assertEach(await gets(broker, topic, other, 4), upTo(4))
      const sick = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => {
          if (n === 2) throw new Error('not yet')
        },
      })
      await sick.until(() => sick.began.some(({ attempt }) => attempt > 3))
      await sick.stop()
      await broker.seek(group, topic, 'earliest')
      await using sound = new Listener(broker, { topics: [topic], group })
      await sound.hasDone(4)
      assert.deepEqual(
        sound.began.map(({ attempt }) => attempt),
        [1, 1, 1, 1],
      )
      assert.equal(await offsetOf(broker, other, topic), 4)
    },
  },
]
