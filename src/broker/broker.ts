import type { RetryOptions } from '../core/retry.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import type { StandardSchema } from '../core/standard-schema.ts'

/**
 * What an engine can do beyond the rest. Asked for one it lacks, it answers with `unsupported`. `transactions`: `publishIn` and
 * `kept`. `replicas`: more than one. `keeps_unread`: retention spares what a group has not read.
 */
export type BrokerFeature = 'transactions' | 'replicas' | 'keeps_unread'

export interface TopicShape {
  /** 1 to 1,000. What has the same key is in one partition, in the order of publishing. Default 1. */
  readonly partitions?: number
  /** Default 1. */
  readonly replicas?: number
  /** Records may be deleted so many milliseconds after they were published. Default 604,800,000 (7 days); Infinity: never. */
  readonly retentionMs?: number
  /** The oldest records may be deleted where a partition has more bytes than these. Default: Infinity. */
  readonly retentionBytes?: number
  /** Records are deleted whether every group has read them or not. Default: only those that every group has. */
  readonly strict?: boolean
}

export interface NewRecord<Payload = unknown> {
  /** A JSON value of at most 1 MiB. */
  readonly payload: Payload
  /** At most 1,000 characters. Records with the same key are handled in the order of publishing. Default: none. */
  readonly key?: string | undefined
  /** At most 100, together at most 65,536 bytes. Names that begin with `willcall-` are the library's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: by the key as Kafka does it, and without a key one after the other. */
  readonly partition?: number | undefined
}

/** Where a record is. */
export interface Position {
  readonly topic: string
  readonly partition: number
  /** 0 for the first of its partition. */
  readonly offset: number
}

export interface TopicRecord<Payload = unknown> extends Position {
  readonly key: string | undefined
  readonly payload: Payload
  readonly headers: Readonly<Record<string, string>>
  /** When it was published. */
  readonly timestamp: Date
}

/** What a handler may know of its record. It can be taken apart, but not spread: `signal` is made when it is first read. */
export interface RecordContext {
  readonly record: TopicRecord
  /** 1 for the first attempt. An attempt cut off by a stop is not counted, so its number comes again. */
  readonly attempt: number
  /** Aborted at the time-out, at a stop once `graceMs` has passed, and where another member has the partition. */
  readonly signal: AbortSignal
  /** The same at every attempt and replay of this record by this group: give it to an API that drops doubles. */
  readonly idempotencyKey: string
}

/**
 * What a record waits for before it is begun. `key`: for all earlier ones of its key. `partition`: for all earlier ones of its
 * partition. `none`: for nothing.
 */
export type Order = 'key' | 'partition' | 'none'

export interface SubscribeOptions<Payload = unknown> {
  readonly topics: readonly string[]
  /** Of all members of a group one handles a record; each group gets every record. Letters, digits, `.`, `_` and `-`. */
  readonly group: string
  /** Returns: done. Throws: tried again, unless the error says something else. Each attempt has a payload of its own. */
  readonly run: (payload: Payload, context: RecordContext) => unknown
  /** Ends it. Default: it runs until the broker is closed. */
  readonly signal?: AbortSignal
  /** Default `key`. */
  readonly order?: Order
  /** Any Standard Schema: `run` gets its output. A payload that does not fit is dead. Default: none. */
  readonly schema?: StandardSchema<unknown, Payload>
  /** How many records may be in work at once here. Default 10. */
  readonly concurrency?: number
  /** How long one attempt may take. Default 60,000. */
  readonly timeoutMs?: number
  /** Default: 25 attempts, 1 s to 5 min. */
  readonly retry?: RetryOptions
  /** A record whose process died so often while it was in work is dead; the last time it was alone. At least 2. Default 3. */
  readonly maxDeaths?: number
  /** How long handlers may go on after the signal, or once another member is to have their partition. Default 20,000. */
  readonly graceMs?: number
  /** How long handlers may take to settle once their own signal is aborted. Default 2,000. */
  readonly deadlineMs?: number
}

/** How far a group is in a partition. */
export interface Lag extends Position {
  /** Records from `offset` on, handled ones among them: the first that is not yet done, and all after it. */
  readonly lag: number
}

/** Where a stopped group goes on: at the first record that there is, after the last one, at the first one of a time, or at these offsets. */
export type SeekTo = 'earliest' | 'latest' | Date | readonly Omit<Position, 'topic'>[]

/**
 * A topic keeps each record for every group that wants it. An engine keeps the cases of `testing/broker-cases.ts`. Names of topics
 * are made of letters, digits, `.`, `_` and `-`, at most 249.
 */
export interface Broker extends AsyncDisposable {
  readonly features: ReadonlySet<BrokerFeature>
  /** The same again is fine; another shape is refused with `conflict`. */
  createTopic(name: string, shape?: TopicShape): Promise<void>
  /**
   * Resolves with where each record is, in their order, once all are kept. At most 10,000, together at most 64 MiB; of none it is
   * asked only whether the topic is there. Rejects, and keeps nothing of the call, with `unknown_topic`, `payload_refused`,
   * `invalid_option`, `too_large` or `no_room`; and with what the disk, or other processes, do not allow now (`database_busy`,
   * `disk_full`, `disk_failed`).
   */
  publish(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]>
  /**
   * Publishes within the caller's own transaction, with what else it writes. Synchronous: the records are there after its commit
   * and never were after a rollback. `kept` resolves once they are on disk.
   */
  publishIn(database: SqliteDatabase, topic: string, records: readonly NewRecord[]): readonly Position[]
  /** Resolves once these are on disk, and whatever else is committed by now; to be called after the commit. Rejects with `not_kept` where it was rolled back. */
  kept(positions: readonly Position[]): Promise<void>
  /**
   * Handles the records of these topics as a member of the group, from the first one that the group has not; a new group begins at
   * the earliest. A record is committed once its handler has returned, or it is among the dead. Resolves once it was stopped by its
   * signal and has left the group. Rejects with `unknown_topic` or `invalid_option` before it begins.
   */
  subscribe<Payload>(options: SubscribeOptions<Payload>): Promise<void>
  /** The first offset that is not yet done, for each partition that the group has begun. */
  offsets(group: string): Promise<readonly Position[]>
  lag(group: string): Promise<readonly Lag[]>
  /** Rejects with `already_running` where the group has a member. What was to be tried again is forgotten. */
  seek(group: string, topic: string, to: SeekTo): Promise<void>
  /**
   * Forgets where the group is: retention waits for it no more, nor for what it has not replayed, and by this name a new one begins.
   * Rejects with `already_running` where the group has a member; a group that is not there is fine.
   */
  removeGroup(group: string): Promise<void>
  /**
   * Brings the dead records of this group back, to it alone, with all their attempts; resolves with how many. They are handled
   * beside what is there, not before it.
   */
  replay(group: string, topic: string): Promise<number>
}
