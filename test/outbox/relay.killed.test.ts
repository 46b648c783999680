import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewRecord } from '../../src/broker/broker.ts'
import { patiently } from '../crash/file-of-jobs.ts'
import { TellingProcess } from '../crash/telling-process.ts'
import { until } from '../worker/running.ts'
import type { RelayOrder } from './relay-process.ts'
import { reading, TOPIC, twoFiles } from './two-files.ts'

const RECORDS = 3_000
const KEYS = 50
const KILLS = 6
/** What one relay has in work at once. */
const CONCURRENCY = 10

const numbered = (n: number): NewRecord => ({ key: `key-${n % KEYS}`, payload: n })

describe('a relay whose process is killed again and again', () => {
  it('loses nothing, keeps the order of each key, and doubles only what was in work', patiently, async () => {
    await using files = await twoFiles()
    const { from, to, paths } = files
    const order: RelayOrder = { ...paths, topics: [TOPIC] }
    const there = reading(to)
    await from.publish(TOPIC, Array.from({ length: RECORDS }, (_, n) => numbered(n)))
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await using victim = new TellingProcess('../../outbox/relay-process.ts', order)
      await until(() => there.length >= (kill * RECORDS) / (KILLS + 1))
      await victim.kill()
    }
    await using _last = new TellingProcess('../../outbox/relay-process.ts', order)
    await until(async () => (await from.lag('relay')).every(({ lag }) => lag === 0))
    await until(async () => (await to.lag('reading')).every(({ lag }) => lag === 0))

    const first = new Map(there.toReversed().map(({ headers, payload }) => [headers['willcall-id'], payload as number]))
    assert.equal(first.size, RECORDS)
    const numbers = there.filter(({ headers, offset, partition }, index) => {
      const id = headers['willcall-id']
      return there.findIndex((other) => other.headers['willcall-id'] === id) === index && offset + partition >= 0
    })
    for (let key = 0; key < KEYS; key += 1) {
      const got = numbers.filter((record) => record.key === `key-${key}`).map(({ payload }) => payload)
      assert.deepEqual(got, Array.from({ length: RECORDS / KEYS }, (_, n) => n * KEYS + key))
    }
    assert.ok(there.length - RECORDS <= KILLS * CONCURRENCY, `${there.length - RECORDS} doubles`)
  })
})
