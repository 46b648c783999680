import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { partitionOf } from '../../src/broker/partition.ts'

/** What Kafka's own client for Java has answered. A key is a unit, so many times. */
interface Answers {
  readonly source: string
  readonly counts: readonly number[]
  readonly keys: readonly { readonly unit: string; readonly times: number; readonly partitions: readonly number[] }[]
}

const file = path.join(import.meta.dirname, 'kafka-partitions.json')
const { counts, keys }: Answers = JSON.parse(readFileSync(file, 'utf8'))

describe('the partition of a key', () => {
  for (const [index, count] of counts.entries()) {
    it(`is the one of Kafka, for each of ${keys.length} keys among ${count}`, () => {
      assert.deepEqual(
        keys.map(({ unit, times }) => partitionOf(unit.repeat(times), count)),
        keys.map(({ partitions }) => partitions[index]),
      )
    })
  }

  it('is not that of the key before it', () => {
    const alone = partitionOf('a', 1_000)
    partitionOf('€'.repeat(1_000), 1_000)
    assert.equal(partitionOf('a', 1_000), alone)
  })

  it('is spread evenly', () => {
    const records = Array.from({ length: 7 }, () => 0)
    for (let book = 0; book < 70_000; book += 1) records[partitionOf(`book-${book}`, 7)]! += 1
    for (const count of records) assert.ok(Math.abs(count - 10_000) < 500, String(records))
  })
})
