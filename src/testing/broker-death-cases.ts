import assert from 'node:assert/strict'
import {
  assertEach,
  type BrokerCase,
  type BrokerHouse,
  committed,
  numbered,
  pause,
  setting,
  until,
  upTo,
} from './broker-case.ts'
import { firstDead } from './broker-failure-cases.ts'
import { doneOf, inWork, outOfOrder, unexplained } from './broker-history.ts'
import { Listener } from './broker-listener.ts'

const KEYS = 8
/** Processes that die until the record that kills them is dead: far more than `maxDeaths`. */
const MAX_LIVES = 12
const BRIEFLY_MS = 3
const LOOK_MS = 5
const KILLER = 7
const KILLERS = [2, 3]
const KILLS = 4
const MANY = 1_000

/** 100 records of 8 keys in partitions 0 and 1, of which some hang in a process of its own; what it has done is committed. */
async function victimAtWork(house: BrokerHouse, hanging: readonly number[]) {
  const { broker, topic, group } = await setting(house, { partitions: 3 })
  const victim = await house.startMember({
    group,
    topics: [topic],
    fates: Object.fromEntries(hanging.map((n) => [n, 'hangs'])),
  })
  await broker.publish(
    topic,
    numbered(upTo(100), (n) => ({ key: `${n % KEYS}`, partition: n % 2 })),
  )
  const waiting = upTo(100).filter((n) => hanging.some((first) => first <= n && first % KEYS === n % KEYS))
  await until(
    () => doneOf(victim.facts).size === 100 - waiting.length && inWork(victim.facts).length === hanging.length,
  )
  // A commit carries all that was done before: where this one is committed, so is what else was done.
  await broker.publish(topic, numbered([0], { partition: 2 }))
  await committed(broker, group, topic, 1, 2)
  return { broker, topic, group, victim, waiting }
}

/** Members that are killed: processes of their own, by SIGKILL. */
export const deathCases: readonly BrokerCase[] = [
  {
    name: 'of a member that is killed nothing is lost, only what was in work is handled again, and in order',
    async run(house) {
      const hanging = [17, 42, 75]
      const { broker, topic, group, victim, waiting } = await victimAtWork(house, hanging)
      await using _victim = victim
      await victim.kill()
      await using heir = new Listener(broker, { topics: [topic], group })
      await heir.hasDone(waiting.length)
      await committed(broker, group, topic, 50, 0)
      await committed(broker, group, topic, 50, 1)
      assertEach(heir.beganNumbers, waiting)
      assertEach(
        inWork(victim.facts).map(({ n }) => n),
        hanging,
      )
      for (let key = 0; key < KEYS; key += 1) {
        const numbers = heir.doneNumbers.filter((n) => n % KEYS === key)
        assert.deepEqual(
          numbers,
          waiting.filter((n) => n % KEYS === key),
        )
      }
    },
  },
  {
    name: 'a death spends no attempt of what was in work, and leaves the count of what was to be tried again',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await using victim = await house.startMember({
        group,
        topics: [topic],
        fates: { 1: 'hangs', 2: 'throws' },
        retry: { attempts: 1_000_000, minMs: 1, maxMs: 5 },
      })
      await broker.publish(topic, numbered([1, 2], { partition: 0 }))
      await until(() => victim.facts.some(({ n, attempt }) => n === 2 && attempt > 5))
      await broker.publish(topic, numbered([3], { partition: 1 }))
      await committed(broker, group, topic, 1, 1)
      await victim.kill()
      const tries = (n: number) => victim.facts.filter((told) => told.n === n).map(({ attempt }) => attempt)
      await using heir = new Listener(broker, { topics: [topic], group })
      await heir.hasDone(2)
      const attemptOf = (n: number): number => heir.began.find((call) => call.n === n)?.attempt ?? 0
      assert.equal(attemptOf(1), 1)
      assert.ok(
        attemptOf(2) > 5 && attemptOf(2) <= Math.max(...tries(2)) + 1,
        `${attemptOf(2)} after ${tries(2).join(' ')}`,
      )
    },
  },
  {
    name: 'what was done between many records that were in work at a death is not handled again, wherever the partition goes',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const isHanging = (n: number): boolean => n % 10 === 1
      const hanging = upTo(MANY).filter(isHanging)
      await using victim = await house.startMember({
        group,
        topics: [topic],
        concurrency: hanging.length + 10,
        fates: Object.fromEntries(hanging.map((n) => [n, 'hangs'])),
      })
      await broker.publish(
        topic,
        numbered(upTo(MANY), (n) => ({ key: `${n}`, partition: 0 })),
      )
      await until(() => doneOf(victim.facts).size === MANY - hanging.length)
      await broker.publish(topic, numbered([0], { partition: 1 }))
      await committed(broker, group, topic, 1, 1)
      await victim.kill()
      const tried = new Set<number>()
      const sick = new Listener(broker, {
        topics: [topic],
        group,
        concurrency: 50,
        run: (n) => {
          tried.add(n)
          throw new Error(`${n} is to fail`)
        },
      })
      await sick.until(() => tried.size === hanging.length && sick.began.some(({ attempt }) => attempt > 3))
      await sick.stop()
      const again = await house.reopen(broker)
      await using heir = new Listener(again, { topics: [topic], group })
      await committed(again, group, topic, MANY, 0)
      assertEach([...tried], hanging)
      assertEach(heir.beganNumbers, hanging)
    },
  },
  {
    name: 'a member that stands by takes over from one that is killed',
    async run(house) {
      const { broker, topic, group, victim, waiting } = await victimAtWork(house, [17])
      await using _victim = victim
      await using standby = await house.startMember({ group, topics: [topic] })
      await using third = new Listener(broker, { topics: [topic], group })
      await victim.kill()
      await until(() => doneOf(standby.facts).size + third.done.length >= waiting.length)
      await committed(broker, group, topic, 50, 0)
      await committed(broker, group, topic, 50, 1)
      const { facts } = standby
      assertEach([...facts.filter(({ fact }) => fact === 'began').map(({ n }) => n), ...third.beganNumbers], waiting)
    },
  },
  {
    name: 'members that are killed under load, one after another, lose nothing and keep the order of keys',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 4 })
      const start = () => house.startMember({ group, topics: [topic], takesMs: BRIEFLY_MS })
      const lives = [await start(), await start()]
      const facts = () => lives.flatMap((life) => life.facts)
      try {
        let published = 0
        for (let kill = 0; kill < KILLS; kill += 1) {
          await broker.publish(
            topic,
            numbered(upTo(300, published + 1), (n) => ({ key: `${n % KEYS}` })),
          )
          published += 300
          await until(() => doneOf(facts()).size > published - 200)
          await lives[kill]?.kill()
          lives.push(await start())
        }
        await until(() => doneOf(facts()).size === published)
        assertEach([...doneOf(facts())], upTo(published))
        assert.deepEqual(outOfOrder(facts()), [])
        const [killed, others] = [lives.slice(0, KILLS), lives.slice(KILLS)].map((some) =>
          some.map((life) => life.facts),
        )
        assert.deepEqual(unexplained(killed ?? [], others ?? []), [])
      } finally {
        for (const life of lives) await life.kill()
      }
    },
  },
  ...KILLERS.map(
    (maxDeaths): BrokerCase => ({
      name: `a record that kills its process is dead after ${maxDeaths} deaths, and all its neighbours are handled`,
      async run(house) {
        const { broker, topic, group } = await setting(house, { partitions: 2 })
        const others = upTo(60).filter((n) => n !== KILLER)
        await broker.publish(
          topic,
          numbered(upTo(60), (n) => ({ key: `key-${n % 20}`, partition: n % 2 })),
        )
        const done = new Set<number>()
        let deaths = 0
        for (let life = 0; life < MAX_LIVES && done.size < others.length; life += 1) {
          const fates = { [KILLER]: 'kills' } as const
          const order = { group, topics: [topic], takesMs: 10, fates, maxDeaths }
          await using member = await house.startMember(order)
          const ended = member.ended().then(() => 'ended')
          const isOver = async (): Promise<boolean> =>
            (await broker.lag(group)).reduce((all, { offset }) => all + offset, 0) === 60
          while (!(await isOver()) && (await Promise.race([ended, pause(LOOK_MS)])) !== 'ended');
          if (await isOver()) await member.stop()
          else deaths += 1
          for (const n of doneOf(member.facts)) done.add(n)
        }
        assertEach([...done], others)
        assert.equal(deaths, maxDeaths)
        const { payload, headers } = await firstDead(broker, topic, house.name('undertaker'))
        assert.deepEqual(
          [payload, headers['willcall-reason'], headers['willcall-deaths'], headers['willcall-attempts']],
          [{ n: KILLER }, 'deaths_used_up', `${maxDeaths}`, '0'],
        )
      },
    }),
  ),
  {
    name: 'a process that is stopped by its signal commits what it has done, and leaves its partitions to others',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await using member = await house.startMember({ group, topics: [topic], takesMs: BRIEFLY_MS })
      await broker.publish(topic, numbered(upTo(500)))
      await until(() => doneOf(member.facts).size > 50)
      await member.stop()
      assert.deepEqual(inWork(member.facts), [])
      const done = doneOf(member.facts)
      await using heir = new Listener(broker, { topics: [topic], group })
      await heir.hasDone(500 - done.size)
      assertEach([...done, ...heir.beganNumbers], upTo(500))
    },
  },
]
