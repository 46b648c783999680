import { errorText } from '../core/error-text.ts'
import { PayloadError, WillcallError } from '../core/errors.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import { type StandardSchema, validate, validateNow } from '../core/standard-schema.ts'
import type { Broker, NewRecord, Position, SubscribeOptions, TopicShape } from './broker.ts'
import { shown } from './written-headers.ts'
import { checkFields, writtenRecords } from './written-records.ts'

/** What a topic needs of its broker. */
export type TopicBroker = Pick<Broker, 'createTopic' | 'publish' | 'publishIn' | 'subscribe' | 'replay'>

/** How the records of one topic are handled; the topic and its schema are there already. */
export type TopicSubscribeOptions<Payload> = Omit<SubscribeOptions<Payload>, 'topics' | 'schema'>

export interface TopicDefinition {
  readonly name: string
  readonly shape: TopicShape
  readonly key: ((payload: unknown) => string) | undefined
  readonly schema: StandardSchema | undefined
}

/** A topic as one broker keeps it, with the types of its definition. */
export class BrokerTopic<New, Payload> {
  readonly #broker: TopicBroker
  readonly #topic: TopicDefinition

  constructor(broker: TopicBroker, topic: TopicDefinition) {
    this.#broker = broker
    this.#topic = topic
  }

  /** The same again is fine; where the topic has another shape, it is refused with `conflict`. */
  create(): Promise<void> {
    const { name, shape } = this.#topic
    return this.#broker.createTopic(name, shape)
  }

  /**
   * Resolves with where each record is, in their order, once all are kept. Rejects, and keeps nothing of the call, with what
   * `broker.publish` rejects with, and with `payload_refused` where a payload does not fit the schema.
   */
  publish(...records: readonly New[]): Promise<readonly Position[]> {
    return this.#publishAll(records)
  }

  async #publishAll(records: readonly unknown[]): Promise<readonly Position[]> {
    const { name, schema } = this.#topic
    this.#check(records)
    if (schema === undefined || fitAtOnce(records, schema, name)) {
      return this.#broker.publish(name, this.#keyed(records))
    }
    const copies = copiesOf(records)
    const fit = async (record: NewRecord, index: number): Promise<unknown> =>
      validate(schema, record.payload, payloadOf(name, index))
    await Promise.all(copies.map(fit))
    return this.#broker.publish(name, this.#keyed(copies))
  }

  /**
   * Publishes within the caller's own transaction, as `broker.publishIn` does. Throws what `publish` rejects with, and
   * `async_schema` where the schema cannot answer at once.
   */
  publishIn(database: SqliteDatabase, ...records: readonly New[]): readonly Position[] {
    const { name, schema } = this.#topic
    const given: readonly unknown[] = records
    this.#check(given)
    if (schema !== undefined) {
      for (const [index, { payload }] of given.entries()) validateNow(schema, payload, payloadOf(name, index))
    }
    return this.#broker.publishIn(database, name, this.#keyed(given))
  }

  /** As `broker.subscribe`, to this topic alone; `run` gets the output of its schema. */
  subscribe(options: TopicSubscribeOptions<Payload>): Promise<void> {
    const { name, schema } = this.#topic
    const topics = [name]
    if (schema === undefined) return this.#broker.subscribe({ ...options, topics })
    return this.#broker.subscribe({ ...options, topics, schema: schema as StandardSchema<unknown, Payload> })
  }

  /** Brings the dead records that this group has here back, to it alone; resolves with how many. */
  replay(group: string): Promise<number> {
    return this.#broker.replay(group, this.#topic.name)
  }

  /** Whether they are records of this topic; all else that a record must be, its broker asks. */
  #check(records: readonly unknown[]): asserts records is readonly NewRecord[] {
    const { name, key } = this.#topic
    for (const [index, record] of records.entries()) {
      checkFields(record, index)
      if (key !== undefined) checkUnplaced(record, index, name)
    }
  }

  #keyed(records: readonly NewRecord[]): readonly NewRecord[] {
    const { name, key } = this.#topic
    if (key === undefined) return records
    return records.map((record, index) => ({ ...record, key: keyOf(record, index, key, name) }))
  }
}

const payloadOf = (topic: string, index: number): string => `the payload of records[${index}] for ${topic}`

/** False where the schema answers later; then nothing is known. */
function fitAtOnce(records: readonly NewRecord[], schema: StandardSchema, topic: string): boolean {
  for (const [index, { payload }] of records.entries()) {
    const output = validate(schema, payload, payloadOf(topic, index))
    if (!(output instanceof Promise)) continue
    output.catch(() => {})
    return false
  }
  return true
}

/** What is checked later, and then kept, whatever the caller does meanwhile with what it gave. */
const copiesOf = (records: readonly NewRecord[]): readonly NewRecord[] =>
  writtenRecords(records).map(({ key, payload, headers, partition }) => ({
    key,
    partition,
    payload: JSON.parse(payload) as unknown,
    headers: headers === undefined ? undefined : (JSON.parse(headers) as Readonly<Record<string, string>>),
  }))

function checkUnplaced(record: NewRecord, index: number, topic: string): void {
  for (const field of ['key', 'partition'] as const) {
    if (record[field] === undefined) continue
    const why = `records[${index}] cannot have a ${field}, since ${topic} makes the keys itself, got ${shown(record[field])}`
    throw new WillcallError('invalid_option', why, { given: record })
  }
}

function keyOf(record: NewRecord, index: number, key: (payload: unknown) => unknown, topic: string): string {
  const made = tried(key, record, index, topic)
  if (typeof made === 'string') return made
  // As one without a key it would be kept, in no order.
  throw new WillcallError(
    'invalid_option',
    `the key of records[${index}] for ${topic} must be a text, got ${shown(made)}`,
    {
      given: record,
    },
  )
}

function tried(key: (payload: unknown) => unknown, record: NewRecord, index: number, topic: string): unknown {
  try {
    return key(record.payload)
  } catch (error) {
    const why = `${topic} could make no key of it: ${errorText(error)}`
    const issues = [{ message: why, path: [] }]
    throw new PayloadError(`the payload of records[${index}] cannot be kept: ${why}`, issues, record, error)
  }
}
