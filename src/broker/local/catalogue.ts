import { WillcallError } from '../../core/errors.ts'
import type { Session } from '../../store/sqlite/session.ts'
import { MAX_PARTITIONS } from './keys.ts'
import type { Shape } from './shape.ts'
import type { TopicStatements } from './statements.ts'

/** As many are left for the dead: a record that died finds its place. */
const MAX_LIVING_PARTITIONS = MAX_PARTITIONS / 2

/** A topic as the file has it. It never changes. */
export interface Topic extends Shape {
  readonly id: number
  readonly name: string
  /** The number of its first partition in the file; the others follow. */
  readonly first: number
  /** The number after that of its last. */
  readonly end: number
}

interface TopicRow {
  readonly id: number
  readonly name: string
  readonly first_partition: number
  readonly partitions: number
  readonly retention_ms: number | null
  readonly retention_bytes: number | null
  readonly strict: number
}

/** The topics of a file, as one connection knows them. */
export class Catalogue {
  readonly #session: Session
  readonly #statements: TopicStatements
  readonly #known = new Map<string, Topic>()

  constructor(session: Session, statements: TopicStatements) {
    this.#session = session
    this.#statements = statements
  }

  /** Undefined where there is none. */
  find(name: string): Topic | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const row = this.#statements.topic.get(name) as TopicRow | undefined
    const topic = row && topicIn(row)
    if (topic !== undefined) this.#known.set(name, topic)
    return topic
  }

  /** Throws `unknown_topic`. */
  get(name: string): Topic {
    const topic = this.find(name)
    if (topic === undefined) throw unknownTopic(name)
    return topic
  }

  all(): readonly Topic[] {
    return (this.#statements.topics.all() as TopicRow[]).map(topicIn)
  }

  /** Within a transaction, where there is none of this name. Throws `too_large` where the file has too many partitions. */
  add(name: string, shape: Shape): Topic {
    const { addTopic, addPartition, countPartitions } = this.#statements
    const { partitions, retentionMs, retentionBytes, strict } = shape
    const [first, living] = countPartitions.get() as [number, number]
    const isFull = name.endsWith('.dead')
      ? first + partitions > MAX_PARTITIONS
      : living + partitions > MAX_LIVING_PARTITIONS
    if (isFull) throw tooMany(name, partitions)
    addTopic.run(name, first, partitions, finite(retentionMs), finite(retentionBytes), Number(strict))
    for (let id = first; id < first + partitions; id += 1) addPartition.run(id)
    this.#session.onUndo(() => this.#known.delete(name))
    return this.get(name)
  }
}

const finite = (number: number): number | null => (Number.isFinite(number) ? number : null)

const topicIn = (row: TopicRow): Topic => ({
  id: row.id,
  name: row.name,
  first: row.first_partition,
  end: row.first_partition + row.partitions,
  partitions: row.partitions,
  retentionMs: row.retention_ms ?? Number.POSITIVE_INFINITY,
  retentionBytes: row.retention_bytes ?? Number.POSITIVE_INFINITY,
  strict: row.strict === 1,
})

const unknownTopic = (name: string): WillcallError =>
  new WillcallError('unknown_topic', `there is no topic ${name}: it must be created first`, { given: name })

const tooMany = (name: string, partitions: number): WillcallError =>
  new WillcallError(
    'too_large',
    `the topic ${name} cannot be created: with its ${partitions} partitions the file would have too many, more than ${MAX_LIVING_PARTITIONS} of topics and as many of their dead`,
    { given: partitions },
  )
