import type { DeadReason } from '../core/ending.ts'
import type { DeadRecord, ReadRecord } from './membership.ts'
import { isReplayTopic, replayTopicOf } from './names.ts'
import { OWN_PREFIX } from './own-headers.ts'

/** What a dead record has in its headers beside its own: whose it was, where it was, and why, how and when it died. */
const FIELDS = [
  'group',
  'topic',
  'partition',
  'offset',
  'published-at',
  'reason',
  'error',
  'attempts',
  'deaths',
  'died-at',
] as const
type Field = (typeof FIELDS)[number]
type Headers = Readonly<Record<string, string>>

/** A record of `<topic>.dead` may die in its turn: what it was dead of before is kept under this. */
const BEFORE = 'willcall-before-'
const NAMES: ReadonlySet<string> = new Set(FIELDS.map((field) => OWN_PREFIX + field))
const isOfDeath = (name: string): boolean => NAMES.has(name) || name.startsWith(BEFORE)

/** Why a record of `<topic>.dead` is there. */
export interface Death {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly publishedAt: Date
  readonly reason: DeadReason
  readonly error: string
  readonly attempts: number
  readonly deaths: number
  readonly diedAt: Date
}

/** The headers with which it is kept in `<topic>.dead`, and replayed. */
export function headersOfDead(group: string, { record, reason, error, attempts, deaths, at }: DeadRecord): Headers {
  const fields: Readonly<Record<Field, string | number>> = {
    group,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    'published-at': record.timestamp.getTime(),
    reason,
    error,
    attempts,
    deaths,
    'died-at': at,
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(record.headers)) {
    headers[isOfDeath(name) ? BEFORE + name.slice(OWN_PREFIX.length) : name] = value
  }
  for (const field of FIELDS) headers[OWN_PREFIX + field] = String(fields[field])
  return headers
}

/** Undefined where these are not the headers of a dead record. */
export function deathOf(headers: Headers): Death | undefined {
  const texts = FIELDS.map((field) => headers[OWN_PREFIX + field])
  if (texts.includes(undefined)) return undefined
  const text = (field: Field): string => texts[FIELDS.indexOf(field)] ?? ''
  const number = (field: Field): number => Number(text(field))
  return {
    group: text('group'),
    topic: text('topic'),
    partition: number('partition'),
    offset: number('offset'),
    publishedAt: new Date(number('published-at')),
    reason: text('reason') as DeadReason,
    error: text('error'),
    attempts: number('attempts'),
    deaths: number('deaths'),
    diedAt: new Date(number('died-at')),
  }
}

/** A record that was replayed as it was before it died; any other as it is. */
export function originOf(record: ReadRecord): ReadRecord {
  if (!isReplayTopic(record.topic)) return record
  const death = deathOf(record.headers)
  if (death === undefined || record.topic !== replayTopicOf(death.topic, death.group)) return record
  const { topic, partition, offset, publishedAt } = death
  const { key, json } = record
  return { topic, partition, offset, key, json, headers: headersBefore(record.headers), timestamp: publishedAt }
}

function headersBefore(headers: Headers): Headers {
  const before: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(BEFORE)) before[OWN_PREFIX + name.slice(BEFORE.length)] = value
    else if (!isOfDeath(name)) before[name] = value
  }
  return Object.freeze(before)
}
