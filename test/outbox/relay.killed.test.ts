import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TopicRecord } from '../../src/broker/broker.ts'
import { patiently } from '../crash/file-of-jobs.ts'
import { TellingProcess } from '../crash/telling-process.ts'
import { until } from '../worker/running.ts'
import type { RelayOrder } from './relay-process.ts'
import { reading, TOPIC, twoFiles } from './two-files.ts'

const RECORDS = 1_500
const KEYS = 50
/** What a relay has in work at once; as many again can have ended since its last commit. */
const CONCURRENCY = 10

const numbers = Array.from({ length: RECORDS }, (_, n) => n)
const keyOf = (n: number): string => `key-${n % KEYS}`

/** As a receiver does that drops doubles by the header. */
function withoutDoubles(records: readonly TopicRecord[]): readonly TopicRecord[] {
  const seen = new Set<string | undefined>()
  return records.filter(({ headers }) => {
    const id = headers['willcall-id']
    const isNew = !seen.has(id)
    seen.add(id)
    return isNew
  })
}

describe('a relay whose process is killed, and started again', () => {
  it('loses nothing, keeps the order of each key, and doubles only what was in work', patiently, async () => {
    await using files = await twoFiles()
    const { from, to, paths } = files
    const order: RelayOrder = { ...paths, topics: [TOPIC] }
    const there = reading(to)
    await from.publish(
      TOPIC,
      numbers.map((n) => ({ key: keyOf(n), payload: n })),
    )
    {
      await using victim = new TellingProcess('../../outbox/relay-process.ts', order)
      await until(() => there.length > RECORDS / 3)
      await victim.kill()
      assert.ok(there.length < RECORDS, 'it was killed too late')
    }
    await using _next = new TellingProcess('../../outbox/relay-process.ts', order)
    await until(async () => (await from.lag('relay')).every(({ lag }) => lag === 0))
    await until(async () => (await to.lag('reading')).every(({ lag }) => lag === 0))

    const received = withoutDoubles(there)
    assert.deepEqual(
      Map.groupBy(received, ({ key }) => key),
      Map.groupBy(
        received.toSorted((one, other) => Number(one.payload) - Number(other.payload)),
        ({ key }) => key,
      ),
    )
    assert.deepEqual(
      received.map(({ payload }) => Number(payload)).sort((one, other) => one - other),
      numbers,
    )
    assert.ok(received.every(({ key, payload }) => key === keyOf(Number(payload))))
    const doubles = there.length - received.length
    assert.ok(doubles <= 2 * CONCURRENCY, `${doubles} doubles`)
  })
})
