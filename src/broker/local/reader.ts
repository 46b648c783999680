import type { Read, ReadRecord } from '../membership.ts'
import type { HeldRow } from './group.ts'
import { keyOf, offsetIn } from './keys.ts'
import type { PartitionRow, RecordRow, TopicStatements } from './statements.ts'

/** From how many characters on no more records are read. */
const ENOUGH_LENGTH = 1_048_576
/** Records that are fetched by one statement; to fetch each by itself takes half as long again. */
const MAX_FETCHED = 64
/** By the first one: nothing is known of their length then. */
const FIRST_FETCHED = 2

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

/** At most so many records from this offset on. The length of the first tells how many others are fetched at once. */
export function read(statements: TopicStatements, { topic, partition }: HeldRow, from: number, most: number): Read {
  const number = partition - topic.first
  const end = keyOf(partition + 1, 0)
  const records: ReadRecord[] = []
  let next = from
  let length = 0
  let fetched = FIRST_FETCHED
  while (records.length < most && length < ENOUGH_LENGTH) {
    const limit = Math.min(most - records.length, fetched)
    const rows = statements.read.all(keyOf(partition, next), end, limit) as RecordRow[]
    for (const row of rows) {
      if (length >= ENOUGH_LENGTH) break
      records.push(recordIn(row, topic.name, number))
      length += row[4].length + (row[3]?.length ?? 0)
      next = offsetIn(row[0]) + 1
    }
    if (rows.length < limit) break
    const fit = Math.floor(((ENOUGH_LENGTH - length) * records.length) / Math.max(1, length))
    fetched = Math.max(1, Math.min(MAX_FETCHED, fit))
  }
  return records.length === 0
    ? { records, next: firstAfter(statements, partition, from), bytes: 0 }
    : { records, next, bytes: length }
}

/** Retention may have deleted what was there. */
function firstAfter({ partition: row }: TopicStatements, partition: number, from: number): number {
  const { first } = row.get(partition) as PartitionRow
  return Math.max(from, first)
}

const recordIn = ([key, at, recordKey, headers, json]: RecordRow, topic: string, partition: number): ReadRecord => ({
  topic,
  partition,
  offset: offsetIn(key),
  key: recordKey ?? undefined,
  json,
  headers: headers === null ? NO_HEADERS : Object.freeze(JSON.parse(headers) as Record<string, string>),
  timestamp: new Date(at),
})
