import assert from 'node:assert/strict'
import { assertEach, type BrokerCase, committed, numbered, setting, until, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'

/** What a stop leaves, and that nothing comes after it. */
export const stopCases: readonly BrokerCase[] = [
  {
    name: 'after its signal a subscription begins nothing more, and what it has not begun is for others',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const other = await house.open()
      await broker.publish(topic, numbered(upTo(200)))
      const first = new Listener(broker, {
        topics: [topic],
        group,
        concurrency: 2,
        run: () => (first.began.length === 20 ? first.signalStop() : undefined),
      })
      await first.until(() => first.hasEnded)
      const begun = first.began.length
      assert.ok(begun <= 21, `${begun} were begun`)
      await broker.publish(topic, numbered(upTo(50, 201)))
      await using second = new Listener(other, { topics: [topic], group })
      await second.hasDone(250 - begun)
      assertEach([...first.beganNumbers, ...second.beganNumbers], upTo(250))
    },
  },
  {
    name: 'after a broker is closed it delivers nothing more, and its subscriptions have ended',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const other = await house.open()
      await broker.publish(topic, numbered(upTo(10)))
      const calls: unknown[] = []
      const run = (): void => void calls.push(1)
      const running = broker.subscribe({ topics: [topic], group, run })
      await until(() => calls.length === 10)
      await broker[Symbol.asyncDispose]()
      await running
      await other.publish(topic, numbered(upTo(20, 11)))
      await using second = new Listener(other, { topics: [topic], group })
      await second.hasDone(20)
      assert.equal(calls.length, 10)
      assertEach(second.beganNumbers, upTo(20, 11))
    },
  },
  {
    name: 'a broker that is closed refuses everything, and can be closed again',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker[Symbol.asyncDispose]()
      await broker[Symbol.asyncDispose]()
      const refused: readonly (() => Promise<unknown>)[] = [
        () => broker.createTopic(house.name('another')),
        () => broker.publish(topic, numbered([1])),
        () => broker.subscribe({ topics: [topic], group, run: () => {} }),
        () => broker.offsets(group),
        () => broker.lag(group),
        () => broker.seek(group, topic, 'earliest'),
        () => broker.replay(group, topic),
      ]
      for (const ask of refused) await assert.rejects(async () => await ask(), /clos/)
    },
  },
  {
    name: 'a subscription whose signal is aborted already handles nothing',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered([1]))
      let calls = 0
      const run = (): void => {
        calls += 1
      }
      await broker.subscribe({ topics: [topic], group, run, signal: AbortSignal.abort() })
      await using member = new Listener(broker, { topics: [topic], group })
      await member.hasDone(1)
      assert.equal(calls, 0)
    },
  },
  {
    name: 'what is in work at a stop may end within the grace, and is committed',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered(upTo(20)))
      const gate = Promise.withResolvers<void>()
      const aborted: boolean[] = []
      const first = new Listener(broker, {
        topics: [topic],
        group,
        concurrency: 5,
        run: async (_, { signal }) => {
          await gate.promise
          aborted.push(signal.aborted)
        },
      })
      await first.hasBegun(5)
      first.signalStop()
      gate.resolve()
      await first.until(() => first.hasEnded)
      assert.deepEqual([first.done.length, aborted], [5, Array.from({ length: 5 }, () => false)])
      await using second = new Listener(await house.reopen(broker), { topics: [topic], group })
      await second.hasDone(15)
      assertEach([...first.doneNumbers, ...second.beganNumbers], upTo(20))
    },
  },
  {
    name: 'what is in work when the grace ends is given back, its signal aborted, and has spent no attempt',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(
        topic,
        numbered(upTo(6), (n) => ({ key: n > 3 ? 'free' : `key-${n}` })),
      )
      const signals: AbortSignal[] = []
      const first = new Listener(broker, {
        topics: [topic],
        group,
        graceMs: 20,
        deadlineMs: 20,
        retry: { attempts: 1 },
        run: (n, { signal }) => {
          if (n > 3) return undefined
          signals.push(signal)
          return n === 1
            ? new Promise(() => {})
            : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
        },
      })
      await first.hasDone(3)
      await first.until(() => signals.length === 3)
      await first.stop()
      assert.ok(signals.every(({ aborted }) => aborted))
      const again = await house.reopen(broker)
      await using second = new Listener(again, { topics: [topic], group, retry: { attempts: 1 } })
      await committed(again, group, topic, 6)
      assertEach(second.doneNumbers, [1, 2, 3])
      assert.deepEqual(
        second.began.map(({ attempt }) => attempt),
        [1, 1, 1],
      )
    },
  },
  {
    name: 'a stop spends no attempt, however often it comes',
    async run(house) {
      const { broker, topic, group } = await setting(house)
      await broker.publish(topic, numbered([1]))
      for (let life = 0; life < 5; life += 1) {
        const cut = new Listener(broker, {
          topics: [topic],
          group,
          graceMs: 0,
          deadlineMs: 0,
          maxDeaths: 2,
          retry: { attempts: 2 },
          run: () => new Promise(() => {}),
        })
        await cut.hasBegun(1)
        await cut.stop()
        assert.deepEqual(
          cut.began.map(({ attempt }) => attempt),
          [1],
        )
      }
      await using last = new Listener(broker, { topics: [topic], group, maxDeaths: 2, retry: { attempts: 2 } })
      await last.hasDone(1)
      assert.deepEqual(
        last.began.map(({ attempt }) => attempt),
        [1],
      )
    },
  },
]
