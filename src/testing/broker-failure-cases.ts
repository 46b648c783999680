import assert from 'node:assert/strict'
import type { Broker, TopicRecord } from '../broker/broker.ts'
import { deadTopicOf } from '../broker/names.ts'
import { systemClock } from '../core/clock.ts'
import { PermanentError, RetryAfter } from '../core/errors.ts'
import type { RetryOptions } from '../core/retry.ts'
import type { StandardSchema } from '../core/standard-schema.ts'
import { assertEach, type BrokerCase, committed, numbered, setting, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'

const THRICE: RetryOptions = { attempts: 3, minMs: 1, maxMs: 5 }
const POISON = 4
const OTHERS = [1, 2, 3, 5, 6, 7, 8]

const refuse = (): never => {
  throw new Error('nobody may ask')
}

/** What cannot even be asked what it is. */
const unaskable = (): unknown =>
  new Proxy(Object.create(null) as object, {
    get: refuse,
    has: refuse,
    getPrototypeOf: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  })

const thrown = (value: unknown) => (): never => {
  throw value
}

/** Ways to fail for ever: what the handler does, and what its dead record says of it. */
const POISONS: readonly (readonly [what: string, act: () => unknown, error: RegExp])[] = [
  ['always throws', thrown(new TypeError('always bad')), /always bad/],
  ['always rejects with undefined', () => Promise.reject(undefined), /undefined/],
  ['always throws null', thrown(null), /null/],
  ['always throws a proxy that throws', () => thrown(unaskable())(), /./],
  ['always rejects with a proxy that throws', () => Promise.reject(unaskable()), /./],
  [
    'always throws an error whose message throws',
    () => thrown(Object.defineProperty(new Error(), 'message', { get: refuse }))(),
    /./,
  ],
  ['never settles', () => new Promise(() => {}), /./],
]

/** The first of the dead of a topic. */
export async function firstDead(broker: Broker, topic: string, group: string): Promise<TopicRecord> {
  await using listener = new Listener(broker, { topics: [deadTopicOf(topic)], group })
  await listener.hasBegun(1)
  const [call] = listener.began
  assert.ok(call !== undefined)
  return call.record
}

/** Accepts objects with a number `n`, below 5, and doubles it. */
const doubled: StandardSchema<unknown, { readonly n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'cases',
    validate: (value) => {
      const { n } = value as { readonly n: number }
      return n < 5 ? { value: { n: n * 2 } } : { issues: [{ message: `${n} is too large`, path: ['n'] }] }
    },
  },
}

/** A record that cannot be handled, and what it does to others. */
export const failureCases: readonly BrokerCase[] = [
  ...POISONS.map(
    ([what, act, error]): BrokerCase => ({
      name: `a record whose handler ${what} is dead after its attempts, and all others are handled`,
      async run(house) {
        const { broker, topic, group } = await setting(house, { partitions: 2 })
        const records = numbered(upTo(8), (n) => ({ partition: 1, key: `key-${n}`, headers: { trace: `${n}` } }))
        const from = systemClock.now()
        await broker.publish(topic, records)
        await using listener = new Listener(broker, {
          topics: [topic],
          group,
          retry: THRICE,
          timeoutMs: 100,
          run: (n) => (n === POISON ? act() : undefined),
        })
        await committed(broker, group, topic, 8, 1)
        const attempts = listener.began.filter(({ n }) => n === POISON).map(({ attempt }) => attempt)
        assert.deepEqual(attempts, [1, 2, 3])
        assertEach(listener.doneNumbers, OTHERS)
        const dead = await firstDead(broker, topic, house.name('undertaker'))
        assert.deepEqual([dead.payload, dead.key], [{ n: POISON }, `key-${POISON}`])
        const { headers } = dead
        const at = Number(headers['willcall-died-at'])
        const publishedAt = Number(headers['willcall-published-at'])
        assert.match(headers['willcall-error'] ?? '', error)
        const times = [from, publishedAt, at, systemClock.now()]
        assert.deepEqual(
          times,
          times.toSorted((one, other) => one - other),
        )
        assert.deepEqual(
          { ...headers },
          {
            trace: `${POISON}`,
            'willcall-group': group,
            'willcall-topic': topic,
            'willcall-partition': '1',
            'willcall-offset': '3',
            'willcall-published-at': headers['willcall-published-at'],
            'willcall-reason': 'attempts_used_up',
            'willcall-attempts': '3',
            'willcall-deaths': '0',
            'willcall-error': headers['willcall-error'],
            'willcall-died-at': headers['willcall-died-at'],
          },
        )
      },
    }),
  ),
  {
    name: 'an attempt that fails is followed by another, until one succeeds',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered([1], { key: 'a' }))
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        retry: THRICE,
        run: (_, { attempt }) => (attempt < 3 ? refuse() : undefined),
      })
      await committed(broker, group, topic, 1)
      assert.deepEqual(
        listener.began.map(({ attempt }) => attempt),
        [1, 2, 3],
      )
      const keys = new Set(listener.began.map(({ idempotencyKey }) => idempotencyKey))
      assert.equal(keys.size, 1)
    },
  },
  {
    name: 'the idempotency key of each record is another one, and of each group',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      await broker.publish(topic, numbered(upTo(10)))
      await using one = new Listener(broker, { topics: [topic], group })
      await using other = new Listener(broker, { topics: [topic], group: house.name('other') })
      await one.hasDone(10)
      await other.hasDone(10)
      const keys = [...one.began, ...other.began].map(({ idempotencyKey }) => idempotencyKey)
      assert.equal(new Set(keys).size, 20)
      for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,255}$/)
    },
  },
  {
    name: 'a PermanentError makes a record dead at once',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(3), { key: 'a' }))
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n === 2 ? thrown(new PermanentError('no such book'))() : undefined),
      })
      await committed(broker, group, topic, 3)
      assert.deepEqual(listener.beganNumbers, [1, 2, 3])
      const { payload, headers } = await firstDead(broker, topic, house.name('undertaker'))
      assert.deepEqual(payload, { n: 2 })
      assert.deepEqual([headers['willcall-reason'], headers['willcall-attempts']], ['permanent', '1'])
      assert.match(headers['willcall-error'] ?? '', /no such book/)
    },
  },
  {
    name: 'a RetryAfter spends no attempt, and comes again not before its time',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, [...numbered([1, 2], { key: 'a' }), ...numbered([3], { key: 'b' })])
      const attempts: number[] = []
      const at: number[] = []
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        retry: { attempts: 2, minMs: 1, maxMs: 1 },
        run: (n, { attempt }) => {
          if (n !== 1) return
          attempts.push(attempt)
          at.push(systemClock.elapsed())
          if (at.length <= 4) throw new RetryAfter(40)
        },
      })
      await committed(broker, group, topic, 3)
      assert.deepEqual(attempts, [1, 1, 1, 1, 1])
      const waits = at.slice(1).map((time, nth) => time - (at[nth] ?? 0))
      // A timer of Node can be a millisecond early.
      assert.ok(
        waits.every((ms) => ms >= 38),
        String(waits),
      )
      assert.deepEqual(listener.doneNumbers, [3, 1, 2])
    },
  },
  {
    name: 'an attempt whose time is out is over, its signal aborted, and what it does later does not count',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(3), { key: 'a' }))
      const late = Promise.withResolvers<void>()
      const aborted: boolean[] = []
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        timeoutMs: 30,
        concurrency: 1,
        run: async (n, { attempt, signal }) => {
          if (n !== 1 || attempt !== 1) return
          signal.addEventListener('abort', () => aborted.push(true))
          await late.promise
          throw new PermanentError('too late')
        },
      })
      await committed(broker, group, topic, 3)
      late.resolve()
      await broker.publish(topic, numbered([4], { key: 'a' }))
      await committed(broker, group, topic, 4)
      assert.deepEqual([listener.doneNumbers, aborted], [[1, 2, 3, 4], [true]])
      assert.deepEqual(listener.beganNumbers, [1, 1, 2, 3, 4])
    },
  },
  {
    name: 'a handler gets what the schema makes of the payload; one that does not fit is dead, its handler not called',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(5)))
      await using listener = new Listener(broker, { topics: [topic], group, schema: doubled })
      await committed(broker, group, topic, 5)
      assertEach(listener.beganNumbers, [2, 4, 6, 8])
      const { payload, headers } = await firstDead(broker, topic, house.name('undertaker'))
      assert.deepEqual([payload, headers['willcall-reason']], [{ n: 5 }, 'payload_refused'])
      assert.match(headers['willcall-error'] ?? '', /5 is too large/)
    },
  },
  {
    name: 'what a handler does with its payload changes neither the next attempt nor what is kept of the dead',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(2)))
      const seen: unknown[] = []
      await using listener = new Listener(broker, {
        topics: [topic],
        group,
        retry: THRICE,
        run: (n, { record }) => {
          if (n !== 1) return
          const payload = record.payload as { n: number; itself?: unknown }
          seen.push({ ...payload })
          payload.n = 1_000
          payload.itself = payload
          throw new Error('it fails, and its payload is no JSON any more')
        },
      })
      await committed(broker, group, topic, 2)
      assert.deepEqual([seen, listener.doneNumbers], [[{ n: 1 }, { n: 1 }, { n: 1 }], [2]])
      assert.deepEqual((await firstDead(broker, topic, house.name('undertaker'))).payload, { n: 1 })
    },
  },
  {
    name: 'what dies among the dead is found one further',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered([1], { key: 'a' }))
      const die = thrown(new PermanentError('no'))
      await using first = new Listener(broker, { topics: [topic], group, run: die })
      await committed(broker, group, topic, 1)
      const dead = deadTopicOf(topic)
      await using second = new Listener(broker, { topics: [dead], group, run: die })
      await committed(broker, group, dead, 1)
      const record = await firstDead(broker, dead, house.name('undertaker'))
      assert.deepEqual([record.payload, record.key, record.headers['willcall-topic']], [{ n: 1 }, 'a', dead])
      assert.deepEqual([first.began.length, second.began.length], [1, 1])
    },
  },
]
