import assert from 'node:assert/strict'
import { assertEach, type BrokerCase, committed, numbered, offsetOf, setting, until, upTo } from './broker-case.ts'
import { Listener, type ListenerOptions } from './broker-listener.ts'

/** It gives up soon what it has in work, where another is to have the partition. */
const SOON = { graceMs: 20, deadlineMs: 20 } as const

/** Of two partitions, in each of which a record is in work at the first member, one moves to the second. */
async function handedOver(second: Listener): Promise<{ readonly moved: number; readonly n: number }> {
  await second.hasBegun(1)
  const moved = second.began[0]?.record.partition
  assert.ok(moved === 0 || moved === 1)
  const n = moved + 1
  assert.deepEqual([second.began[0]?.n, second.began[0]?.attempt], [n, 1])
  return { moved, n }
}

async function twoInWork(house: Parameters<BrokerCase['run']>[0], run: NonNullable<ListenerOptions['run']>) {
  const { broker, topic, group } = await setting(house, { partitions: 2 })
  await broker.publish(topic, [...numbered([1], { partition: 0 }), ...numbered([2], { partition: 1 })])
  const first = new Listener(broker, { topics: [topic], group, ...SOON, run })
  await first.hasBegun(2)
  return { broker, topic, group, first }
}

/** What becomes of a partition that another member is to have. */
export const handoverCases: readonly BrokerCase[] = [
  {
    name: 'a member that joins waits for what is in work, and gets only what comes after it',
    async run(house) {
      const { broker, topic, group } = await setting(house, { partitions: 2 })
      const gate = Promise.withResolvers<void>()
      await broker.publish(
        topic,
        numbered(upTo(2), (n) => ({ partition: n - 1, key: 'a' })),
      )
      await using first = new Listener(broker, {
        topics: [topic],
        group,
        run: (n) => (n <= 2 ? gate.promise : undefined),
      })
      await first.hasBegun(2)
      await using second = new Listener(await house.open(), { topics: [topic], group })
      await broker.publish(
        topic,
        numbered(upTo(40, 3), (n) => ({ partition: n % 2, key: 'a' })),
      )
      gate.resolve()
      await until(() => first.done.length + second.done.length >= 42)
      assertEach([...first.beganNumbers, ...second.beganNumbers], upTo(42))
      assertEach(
        first.beganNumbers.filter((n) => n <= 2),
        [1, 2],
      )
    },
  },
  {
    name: 'what is cut off since another member is to have its partition is handled there, and spends no attempt',
    async run(house) {
      const signals: AbortSignal[] = []
      const hang = (_: number, { signal }: { readonly signal: AbortSignal }): Promise<void> => {
        signals.push(signal)
        return new Promise(() => {})
      }
      const { topic, group, first } = await twoInWork(house, hang)
      await using _first = first
      await using second = new Listener(await house.open(), { topics: [topic], group, ...SOON })
      await second.hasDone(1)
      await handedOver(second)
      assert.equal(signals.filter(({ aborted }) => aborted).length, 1)
    },
  },
  {
    name: 'a partition that is lost uncommitted and regained is handled on from where the other has committed',
    async run(house) {
      let hangs = true
      const run = (): Promise<void> | undefined => (hangs ? new Promise(() => {}) : undefined)
      const { broker, topic, group, first } = await twoInWork(house, run)
      await using _first = first
      await using second = new Listener(await house.open(), { topics: [topic], group, ...SOON })
      await second.hasDone(1)
      const { moved, n } = await handedOver(second)
      await committed(broker, group, topic, 1, moved)
      hangs = false
      await second.stop()
      await broker.publish(topic, numbered([3, 4], { partition: moved }))
      await committed(broker, group, topic, 3, moved)
      assertEach(
        first.began.filter(({ record }) => record.partition === moved).map((call) => call.n),
        [n, 3, 4],
      )
      assertEach(second.beganNumbers, [n])
    },
  },
  {
    name: 'what a member that stops has let go is handled by the others, while it still waits for what it has in work',
    async run(house) {
      const gate = Promise.withResolvers<void>()
      const { broker, topic, group } = await setting(house, { partitions: 4 })
      const run = (n: number): Promise<void> | undefined => (n === 1 ? gate.promise : undefined)
      await using first = new Listener(broker, { topics: [topic], group, graceMs: 30_000, run })
      await broker.publish(topic, numbered([1], { partition: 0 }))
      await first.hasBegun(1)
      await using second = new Listener(await house.open(), { topics: [topic], group })
      await until(async () => {
        await broker.publish(
          topic,
          [1, 2, 3].flatMap((partition) => numbered([0], { partition })),
        )
        return second.began.length > 0
      })
      first.signalStop()
      await broker.publish(
        topic,
        upTo(3).flatMap((partition) => numbered([1 + partition], { partition })),
      )
      await until(() => [2, 3, 4].every((n) => second.doneNumbers.includes(n)))
      assert.equal(first.hasEnded, false)
      gate.resolve()
      await first.until(() => first.hasEnded)
    },
  },
  {
    name: 'a handler that goes on after its partition was lost commits nothing',
    async run(house) {
      const late = Promise.withResolvers<void>()
      const { broker, topic, group, first } = await twoInWork(house, () => late.promise)
      await using _first = first
      const there = Promise.withResolvers<void>()
      await using second = new Listener(await house.open(), {
        topics: [topic],
        group,
        graceMs: 0,
        run: (n) => (n <= 2 ? there.promise : undefined),
      })
      const { moved, n } = await handedOver(second)
      late.resolve()
      await committed(broker, group, topic, 1, 1 - moved)
      await broker.publish(topic, numbered([3], { partition: moved }))
      await second.hasDone(1)
      assert.equal(await offsetOf(broker, group, topic, moved), 0)
      there.resolve()
      await committed(broker, group, topic, 2, moved)
      assertEach(second.beganNumbers, [n, 3])
    },
  },
]
