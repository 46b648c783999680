import { systemRandom } from '../../core/clock.ts'
import { WillcallError } from '../../core/errors.ts'
import type { SqliteDatabase } from '../../core/sqlite-database.ts'
import { closed } from '../../store/sqlite/file/disk-error.ts'
import type { Session } from '../../store/sqlite/session.ts'
import type { StoreParts } from '../../store/sqlite/sqlite-store.ts'
import type {
  Broker,
  BrokerFeature,
  Lag,
  NewRecord,
  Position,
  SeekTo,
  SubscribeOptions,
  TopicShape,
} from '../broker.ts'
import type { Member } from '../membership.ts'
import { subscribeWith } from '../subscription/subscribe-with.ts'
import type { Topic } from './catalogue.ts'
import { type Log, logOf } from './log.ts'
import { LocalMember } from './member.ts'
import { Members } from './members.ts'
import { checkedGroup, checkedTopic } from './names.ts'
import { lagOf, offsetsOf, removeGroup, seek } from './positions.ts'
import { Publisher } from './publisher.ts'
import { replay } from './replay.ts'
import { Retention } from './retention.ts'
import { checkedShape, differences, type Shape } from './shape.ts'

export interface LocalBrokerOptions {
  /** Most bytes of a topic. */
  readonly maxTopicBytes: number
}

/** Topics in the file of a store, with its commits and its syncs. */
export class LocalBroker implements Broker {
  readonly features: ReadonlySet<BrokerFeature> = new Set(['transactions', 'keeps_unread'])
  readonly maxTopicBytes: number
  readonly #parts: StoreParts
  readonly #path: string
  readonly #members = new Members()
  readonly #publisher: Publisher
  readonly #retention: Retention
  readonly #closing = new AbortController()
  readonly #subscriptions = new Set<Promise<void>>()
  readonly #forgetClose: () => void
  #closed: Promise<void> | undefined
  #isClosed = false

  constructor(parts: StoreParts, { maxTopicBytes }: LocalBrokerOptions) {
    const { file, lent, clock, lookSoon } = parts
    const members = this.#members
    this.maxTopicBytes = maxTopicBytes
    this.#parts = parts
    this.#path = file.database.name
    this.#publisher = new Publisher({ file, lent, clock, members, maxTopicBytes, mayPublish: lookSoon })
    this.#retention = new Retention({ file, clock, members })
    this.#forgetClose = parts.onClose(() => this[Symbol.asyncDispose]())
  }

  /** Whether it is about to be closed: there can be another on the same store. */
  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  async createTopic(name: string, shape: TopicShape = {}): Promise<void> {
    this.#check()
    const checked = checkedShape(shape)
    const topic = checkedTopic(name)
    await this.#parts.file.keep((session) => create(session, topic, checked))
  }

  async publish(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    this.#check()
    return await this.#publisher.publish(topic, records)
  }

  publishIn(database: SqliteDatabase, topic: string, records: readonly NewRecord[]): readonly Position[] {
    this.#check()
    return this.#publisher.publishIn(database, topic, records)
  }

  async kept(positions: readonly Position[]): Promise<void> {
    this.#check()
    await this.#publisher.kept(positions)
  }

  async subscribe<Payload>(options: SubscribeOptions<Payload>): Promise<void> {
    if (this.#closed !== undefined) throw closed(this.#path)
    const { clock } = this.#parts
    const closing = this.#closing.signal
    const join = (joining: Joining): Promise<Member> => this.join(joining)
    const subscription = subscribeWith({ join, clock, random: systemRandom, closing }, options)
    this.#subscriptions.add(subscription)
    try {
      await subscription
    } finally {
      this.#subscriptions.delete(subscription)
    }
  }

  /** Adds a member to a group. Rejects with `unknown_topic` or `invalid_option`. */
  async join({ group, topics: names }: Joining): Promise<Member> {
    this.#check()
    const { file, ownership, clock, othersWrote } = this.#parts
    const name = checkedGroup(group)
    if (!Array.isArray(names) || names.length === 0) throw noTopics(names)
    const { catalogue } = logOf(file.session)
    const topics = [...new Set(names)].map((topic) => catalogue.get(checkedTopic(topic)))
    const members = this.#members
    return await LocalMember.join({ file, ownership, clock, othersWrote, members, group: name, topics })
  }

  async offsets(group: string): Promise<readonly Position[]> {
    return offsetsOf(this.#log, group)
  }

  async lag(group: string): Promise<readonly Lag[]> {
    return lagOf(this.#log, group)
  }

  async seek(group: string, topic: string, to: SeekTo): Promise<void> {
    this.#check()
    await seek(this.#parts, checkedGroup(group), this.#topic(topic), to)
  }

  async removeGroup(group: string): Promise<void> {
    this.#check()
    await removeGroup(this.#parts, checkedGroup(group))
  }

  async replay(group: string, topic: string): Promise<number> {
    this.#check()
    const { file, clock } = this.#parts
    return await replay({ file, clock, members: this.#members }, group, this.#topic(topic))
  }

  #topic(name: string): Topic {
    return this.#log.catalogue.get(checkedTopic(name))
  }

  get #log(): Log {
    this.#check()
    return logOf(this.#parts.file.session)
  }

  #check(): void {
    if (this.#isClosed) throw closed(this.#path)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#subscriptions)
    await this.#retention.stop()
    this.#isClosed = true
    this.#forgetClose()
  }
}

interface Joining {
  readonly group: string
  readonly topics: readonly string[]
}

/** Within a transaction. */
function create(session: Session, name: string, shape: Shape): void {
  const { catalogue } = logOf(session)
  const there = catalogue.find(name)
  if (there === undefined) catalogue.add(name, shape)
  const different = there === undefined ? [] : differences(there, shape)
  if (different.length === 0) return
  const why = `the topic ${name} cannot be created: it is there with another shape: ${different.join(', ')}`
  throw new WillcallError('conflict', why, { given: shape })
}

const noTopics = (given: unknown): WillcallError =>
  new WillcallError('invalid_option', `topics must be an array with the name of at least one, got ${String(given)}`, {
    given,
  })
