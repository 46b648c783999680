import type { NewRecord, Position, SubscribeOptions, TopicShape } from '../../src/broker/broker.ts'
import type { TopicBroker } from '../../src/broker/broker-topic.ts'
import { writtenRecords } from '../../src/broker/written-records.ts'
import { WillcallError } from '../../src/core/errors.ts'
import type { SqliteDatabase } from '../../src/core/sqlite-database.ts'

/** A record as it was published, read back. */
export interface Published {
  readonly topic: string
  readonly key: string | undefined
  readonly payload: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly partition: number | undefined
  readonly database?: SqliteDatabase
}

/** Stands in for a broker: keeps what it was asked for. A record is checked and written as by any other. */
export class RecordingBroker implements TopicBroker {
  readonly topics: Map<string, TopicShape>
  readonly published: Published[] = []
  readonly subscriptions: SubscribeOptions[] = []
  readonly replays: (readonly [group: string, topic: string])[] = []

  constructor(...topics: readonly string[]) {
    this.topics = new Map(topics.map((topic) => [topic, {}]))
  }

  async createTopic(name: string, shape: TopicShape = {}): Promise<void> {
    this.topics.set(name, shape)
  }

  async publish(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    return this.#keep(topic, records, {})
  }

  publishIn(database: SqliteDatabase, topic: string, records: readonly NewRecord[]): readonly Position[] {
    return this.#keep(topic, records, { database })
  }

  async subscribe<Payload>(options: SubscribeOptions<Payload>): Promise<void> {
    this.subscriptions.push(options as unknown as SubscribeOptions)
  }

  async replay(group: string, topic: string): Promise<number> {
    this.replays.push([group, topic])
    return 7
  }

  #keep(topic: string, records: readonly NewRecord[], more: object): readonly Position[] {
    if (!this.topics.has(topic))
      throw new WillcallError('unknown_topic', `there is no topic ${topic}`, { given: topic })
    return writtenRecords(records).map(({ key, payload, headers = '{}', partition }) => {
      const offset = this.published.length
      this.published.push({
        topic,
        key,
        payload: JSON.parse(payload),
        headers: JSON.parse(headers),
        partition,
        ...more,
      })
      return { topic, partition: partition ?? 0, offset }
    })
  }
}
