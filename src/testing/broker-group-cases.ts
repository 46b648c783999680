import assert from 'node:assert/strict'
import type { Broker } from '../broker/broker.ts'
import { assertEach, type BrokerCase, committed, numbered, pause, setting, until, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'
import { seededRandom } from './random.ts'

const KEYS = 12
const PARTITIONS = 4
const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0)
const doneBy = (listeners: readonly Listener[]): number => sum(listeners.map(({ done }) => done.length))
const partitionsOf = ({ done }: Listener, from: number): ReadonlySet<number> =>
  new Set(done.filter(({ n }) => n >= from).map(({ record }) => record.partition))

/** Publishes a wave of one record for each partition after another, until the fact is there. */
async function waves(
  broker: Broker,
  topic: string,
  partitions: number,
  listeners: readonly Listener[],
  fact: (first: number) => boolean,
): Promise<number> {
  for (let first = 1; ; first += partitions) {
    await broker.publish(
      topic,
      numbered(upTo(partitions, first), (n) => ({ partition: n - first })),
    )
    await until(() => doneBy(listeners) >= first + partitions - 1)
    if (fact(first)) return first + partitions
  }
}

/** Groups, and their members. */
export const groupCases: readonly BrokerCase[] = [
  {
    name: 'each group gets every record once',
    async run(house) {
      const { broker, topic } = await setting(house, { partitions: 3 })
      await using one = new Listener(broker, { topics: [topic], group: house.name('one') })
      await using other = new Listener(await house.open(), { topics: [topic], group: house.name('other') })
      for (const first of [1, 51])
        await broker.publish(
          topic,
          numbered(upTo(50, first), (n) => ({ key: `${n}` })),
        )
      for (const listener of [one, other]) {
        await listener.hasDone(100)
        await listener.stop()
        assertEach(listener.beganNumbers, upTo(100))
      }
    },
  },
  {
    name: 'a new group begins at the earliest record, and one that was there goes on',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(5)))
      {
        await using first = new Listener(broker, { topics: [topic], group })
        await committed(broker, group, topic, 5)
        await first.stop()
      }
      await broker.publish(topic, numbered(upTo(5, 6)))
      await using again = new Listener(broker, { topics: [topic], group })
      await using late = new Listener(broker, { topics: [topic], group: house.name('late') })
      await again.hasDone(5)
      await late.hasDone(10)
      assertEach(again.beganNumbers, upTo(5, 6))
      assertEach(late.beganNumbers, upTo(10))
    },
  },
  {
    name: 'a group goes on after a restart where it was',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await broker.publish(
        topic,
        numbered(upTo(6), (n) => ({ partition: n % 2 })),
      )
      {
        await using before = new Listener(broker, { topics: [topic], group })
        await before.hasDone(6)
        await before.stop()
      }
      const again = await house.reopen(broker)
      await again.publish(topic, numbered(upTo(2, 7)))
      await using after = new Listener(again, { topics: [topic], group })
      await after.hasDone(2)
      assertEach(after.beganNumbers, [7, 8])
    },
  },
  {
    name: 'a partition is held by one member of a group at a time, and all of them get some',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: PARTITIONS })
      await using one = new Listener(broker, { topics: [topic], group })
      await using other = new Listener(await house.open(), { topics: [topic], group })
      const members = [one, other]
      const isShared = (first: number): boolean => members.every((member) => partitionsOf(member, first).size === 2)
      const from = await waves(broker, topic, PARTITIONS, members, isShared)
      await broker.publish(
        topic,
        numbered(upTo(200, from), (n) => ({ key: `${n % KEYS}` })),
      )
      await until(() => doneBy(members) >= from + 199)
      const held = members.flatMap((member) => Array.from(partitionsOf(member, from)))
      assertEach(held, upTo(PARTITIONS, 0))
      assertEach([...one.beganNumbers, ...other.beganNumbers], upTo(from + 199))
    },
  },
  {
    name: 'of more members than partitions some stand by, and take over where another leaves',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const members: Listener[] = []
      await using leaving = new Listener(broker, { topics: [topic], group })
      await using second = new Listener(await house.open(), { topics: [topic], group })
      const active = [leaving, second]
      const from = await waves(broker, topic, 2, active, (first) =>
        active.every((member) => partitionsOf(member, first).size === 1),
      )
      await using standby = new Listener(await house.open(), { topics: [topic], group })
      members.push(leaving, second, standby)
      await broker.publish(
        topic,
        numbered(upTo(100, from), (n) => ({ partition: n % 2 })),
      )
      await until(() => doneBy(members) >= from + 99)
      assert.ok(members.filter((member) => partitionsOf(member, from).size > 0).length <= 2)
      await leaving.stop()
      await second.stop()
      await broker.publish(
        topic,
        numbered(upTo(10, from + 100), (n) => ({ partition: n % 2 })),
      )
      await until(() => doneBy(members) >= from + 109)
      assertEach([...partitionsOf(standby, from + 100)], [0, 1])
      assertEach(
        members.flatMap(({ beganNumbers }) => beganNumbers),
        upTo(from + 109),
      )
    },
  },
  {
    name: 'a member gets no records but those of its own topics',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const other = house.name('other')
      await broker.createTopic(other, { partitions: 2 })
      await using ofOne = new Listener(broker, { topics: [topic], group })
      await using ofOther = new Listener(await house.open(), { topics: [other], group })
      await broker.publish(topic, numbered(upTo(20)))
      await broker.publish(other, numbered(upTo(20, 100)))
      await ofOne.hasDone(20)
      await ofOther.hasDone(20)
      assertEach(ofOne.beganNumbers, upTo(20))
      assertEach(ofOther.beganNumbers, upTo(20, 100))
    },
  },
  {
    name: 'members that come and go under load handle each record once and in order, and no commit goes back',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: PARTITIONS })
      const brokers = [broker, await house.open(), await house.open()]
      const random = seededRandom(7)
      const done: { readonly n: number; readonly key: string | undefined }[] = []
      const begun: number[] = []
      const join = (of: Broker): Listener =>
        new Listener(of, {
          topics: [topic],
          group,
          run: async (n, { record }) => {
            begun.push(n)
            await pause(random() * 3)
            done.push({ n, key: record.key })
          },
        })
      const present: (Listener | undefined)[] = brokers.map(join)
      let published = 0
      const offsets = new Map<number, number>()
      const look = async (): Promise<void> => {
        for (const { partition, offset } of await broker.offsets(group)) {
          assert.ok(offset >= (offsets.get(partition) ?? 0), `offset ${offset} of ${partition} went back`)
          offsets.set(partition, offset)
        }
      }
      for (let change = 0; change < 24; change += 1) {
        const publishing = numbered(upTo(40, published + 1), (n) => ({ key: `${n % KEYS}` }))
        published += publishing.length
        await broker.publish(topic, publishing)
        const place = Math.floor(random() * present.length)
        const member = present[place]
        const of = brokers[place]
        present[place] = member === undefined && of !== undefined ? join(of) : undefined
        await member?.stop()
        await look()
      }
      await using _last = join(broker)
      await until(async () => {
        await look()
        return sum([...offsets.values()]) >= published
      })
      for (const member of present) await member?.stop()
      assertEach(begun, upTo(published))
      for (let key = 0; key < KEYS; key += 1) {
        const numbers = done.filter((each) => each.key === `${key}`).map(({ n }) => n)
        assert.deepEqual(
          numbers,
          upTo(published).filter((n) => n % KEYS === key),
        )
      }
    },
  },
  {
    name: 'a group whose handlers fail, and one whose handlers hang, delay no other',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const records = numbered(upTo(100), (n) => ({ key: `${n % KEYS}` }))
      const fail = (): never => {
        throw new Error('as always')
      }
      const hang = (): Promise<void> => new Promise(() => {})
      const others = { topics: [topic], graceMs: 0 }
      await using failing = new Listener(broker, { ...others, group: house.name('failing'), run: fail })
      await using hanging = new Listener(broker, { ...others, group: house.name('hanging'), run: hang })
      await broker.publish(topic, records)
      await failing.hasBegun(20)
      await hanging.hasBegun(10)
      await using listener = new Listener(broker, { topics: [topic], group })
      await listener.hasDone(100)
      await broker.publish(topic, records)
      await listener.hasDone(200)
      assert.equal(listener.began.length, 200)
      assert.deepEqual([failing.done.length, hanging.done.length, hanging.began.length], [0, 0, 10])
    },
  },
]
