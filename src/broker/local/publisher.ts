import type { Clock } from '../../core/clock.ts'
import { WillcallError } from '../../core/errors.ts'
import { wholeNumber } from '../../core/option.ts'
import type { SqliteDatabase } from '../../core/sqlite-database.ts'
import type { Database } from '../../store/sqlite/file/database.ts'
import type { SqliteFile } from '../../store/sqlite/file/file.ts'
import { type LentConnections, whole, withNumbers } from '../../store/sqlite/lent.ts'
import type { Session } from '../../store/sqlite/session.ts'
import type { NewRecord, Position } from '../broker.ts'
import { partitionOf } from '../partition.ts'
import type { WrittenRecord } from '../written-record.ts'
import { writtenRecords } from '../written-records.ts'
import { Appender } from './appender.ts'
import type { Topic } from './catalogue.ts'
import { logOf } from './log.ts'
import type { Members } from './members.ts'
import { checkedTopic } from './names.ts'
import { type PartitionRow, prepareTopics, type TopicStatements } from './statements.ts'

export interface PublisherOptions {
  readonly file: SqliteFile<Session>
  readonly lent: LentConnections
  readonly clock: Clock
  readonly members: Members
  /** Most bytes of a topic. */
  readonly maxTopicBytes: number
  /** Called when a transaction of the caller's may have published something. */
  readonly mayPublish: () => void
}

/** The records of one call, and where each goes. */
interface Call {
  readonly topic: Topic
  readonly records: readonly WrittenRecord[]
  /** By number in the topic. */
  readonly partitions: readonly number[]
  readonly bytes: number
}

/** A call that waits for its transaction. */
interface Waiting extends Call {
  readonly resolve: (positions: readonly Position[]) => void
  readonly reject: (why: unknown) => void
}

/** What is published until its transaction begins is written together. */
interface Batch {
  readonly calls: Waiting[]
  /** Nothing is added any more. */
  isClosed: boolean
}

/** Keeps records. Each call is kept whole, or nothing of it is. */
export class Publisher {
  readonly #options: PublisherOptions
  /** Of connections of the caller's. */
  readonly #statements = new WeakMap<Database, TopicStatements>()
  /** By topic, the partition of its next record without a key. */
  readonly #turns = new Map<number, number>()
  #batch: Batch | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  publish(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    const call = this.#call(topic, records)
    if (call.records.length === 0) return Promise.resolve([])
    if (this.#batch === undefined || this.#batch.isClosed) this.#batch = this.#newBatch()
    const { calls } = this.#batch
    return new Promise((resolve, reject) => {
      calls.push({ ...call, resolve, reject })
    })
  }

  #call(name: string, given: readonly NewRecord[]): Call {
    const topic = logOf(this.#options.file.session).catalogue.get(checkedTopic(name))
    const records = writtenRecords(given)
    let bytes = 0
    const partitions = records.map((record) => {
      bytes += record.bytes
      return this.#partitionOf(topic, record)
    })
    return { topic, records, partitions, bytes }
  }

  #partitionOf({ id, partitions }: Topic, { key, partition }: WrittenRecord): number {
    if (partition !== undefined) return wholeNumber('partition', partition, 0, partitions - 1)
    if (partitions === 1) return 0
    if (key !== undefined) return partitionOf(key, partitions)
    const turn = this.#turns.get(id) ?? 0
    this.#turns.set(id, (turn + 1) % partitions)
    return turn
  }

  #newBatch(): Batch {
    const batch: Batch = { calls: [], isClosed: false }
    const { calls } = batch
    const written = this.#options.file.keep((session) => {
      batch.isClosed = true
      return this.#write(session, calls)
    })
    written.then(
      (outcomes) => {
        for (const [index, { resolve, reject }] of calls.entries()) {
          const outcome = outcomes[index]
          if (Array.isArray(outcome)) resolve(outcome as readonly Position[])
          else reject(outcome)
        }
      },
      (error: unknown) => {
        batch.isClosed = true
        for (const { reject } of calls) reject(error)
      },
    )
    return batch
  }

  /** For each call where its records are, or why they could not be kept. */
  #write(session: Session, calls: readonly Call[]): readonly (readonly Position[] | WillcallError)[] {
    const { members, clock, maxTopicBytes } = this.#options
    const { statements } = logOf(session)
    const topics = new Set<number>()
    const room = new Room(statements, maxTopicBytes)
    const appender = new Appender(statements, clock.now())
    const outcomes = calls.map((call) => {
      if (!room.take(call)) return noRoom(call.topic, maxTopicBytes)
      topics.add(call.topic.id)
      return appended(appender, call)
    })
    appender.flush()
    session.onCommit(() => members.published(topics))
    return outcomes
  }

  publishIn(connection: SqliteDatabase, topic: string, records: readonly NewRecord[]): readonly Position[] {
    const { file, lent, clock, members, maxTopicBytes, mayPublish } = this.#options
    const { database, isOwn } = lent.take(connection, 'published')
    const call = this.#call(topic, records)
    if (call.records.length === 0) return []
    const statements = isOwn ? logOf(file.session).statements : this.#statementsOn(database)
    const positions = whole(database, () => {
      if (!new Room(statements, maxTopicBytes).take(call)) throw noRoom(call.topic, maxTopicBytes)
      const appender = new Appender(statements, clock.now())
      const added = appended(appender, call)
      appender.flush()
      return added
    })
    if (isOwn) file.session.onCommit(() => members.published(new Set([call.topic.id])))
    else mayPublish()
    return positions
  }

  #statementsOn(database: Database): TopicStatements {
    const statements = this.#statements.get(database) ?? prepareTopics(withNumbers(database))
    this.#statements.set(database, statements)
    return statements
  }

  async kept(positions: readonly Position[]): Promise<void> {
    const { file, mayPublish } = this.#options
    const { statements, catalogue } = logOf(file.session)
    for (const position of positions) {
      const { topic: name, partition, offset } = position
      const topic = catalogue.find(name)
      const isThere =
        topic !== undefined && Number.isSafeInteger(partition) && partition >= 0 && partition < topic.partitions
      const row = isThere ? (statements.partition.get(topic.first + partition) as PartitionRow) : undefined
      if (row === undefined || !(Number.isSafeInteger(offset) && offset >= 0 && offset < row.next))
        throw notKept(position)
    }
    mayPublish()
    await file.kept()
  }
}

function appended(appender: Appender, { topic, records, partitions }: Call): readonly Position[] {
  const { name, first } = topic
  return records.map((record, index) => {
    const partition = partitions[index] ?? 0
    return { topic: name, partition, offset: appender.add(first + partition, record) }
  })
}

/** The room that topics have in one transaction. */
class Room {
  readonly #statements: TopicStatements
  readonly #most: number
  readonly #taken = new Map<number, number>()

  constructor(statements: TopicStatements, most: number) {
    this.#statements = statements
    this.#most = most
  }

  take({ topic, bytes }: Pick<Call, 'topic' | 'bytes'>): boolean {
    const taken = (this.#taken.get(topic.id) ?? this.#takenBefore(topic)) + bytes
    if (taken > this.#most) return false
    this.#taken.set(topic.id, taken)
    return true
  }

  #takenBefore({ first, end }: Topic): number {
    return (this.#statements.topicBytes.get(first, end) as [number])[0]
  }
}

const noRoom = ({ name }: Topic, most: number): WillcallError =>
  new WillcallError('no_room', `the records could not be kept: the topic ${name} would have more than ${most} bytes`, {
    given: name,
  })

const notKept = ({ topic, partition, offset }: Position): WillcallError =>
  new WillcallError(
    'not_kept',
    `record ${offset} of partition ${partition} of ${topic} is not kept: its transaction was not committed, or it is of another file`,
    { given: { topic, partition, offset } },
  )
