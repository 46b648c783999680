import type { Bell } from '../channel/bell.ts'
import type { DeadReason, Ending, Tries } from '../core/ending.ts'
import type { JobState } from '../core/job.ts'
import type { JobId } from '../core/message.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import type { UpstreamRate } from '../core/upstream.ts'

/** What an engine can do beyond the nine verbs. Asked for one it lacks, it answers with `unsupported`. */
export type Feature = 'durable' | 'transactions'

export interface NewJob {
  readonly task: string
  readonly payload: object
}

/** While it is remembered, the same `key` with the same `content` is answered with the first ids. */
export interface Once {
  readonly key: string
  readonly content: string
  /** How long it is remembered after the last of its jobs ended. */
  readonly forMs: number
}

/** What one `send` wants kept. Times are in milliseconds since 1970. */
export interface Call {
  readonly jobs: readonly NewJob[]
  /** 0 to 15, the highest first. */
  readonly priority: number
  readonly runAt: number
  /** For the call as a whole. */
  readonly once: Once | undefined
  /** For each job, in the order of `jobs`; left out where none has one. */
  readonly onceByJob: readonly (Once | undefined)[] | undefined
  readonly now: number
}

/** A job as it is kept. One that was claimed is given back to `settle` as it was. */
export interface KeptJob {
  readonly id: JobId
  readonly task: string
  readonly payload: object
  readonly priority: number
  readonly state: JobState
  readonly sentAt: number
  readonly runAt: number
  readonly tries: Tries
  readonly progress: number | undefined
  readonly endedAt: number | undefined
  readonly result: unknown
  readonly dead: { readonly reason: DeadReason; readonly error: string } | undefined
}

/** What the tasks of one upstream may take together. */
export interface UpstreamRoom {
  readonly upstream: string
  readonly places: number
  /**
   * A durable store keeps it for all that claim from it, of whatever process: a claimed job is a call, which counts from its claim
   * until `intervalMs` after its settlement, or after `transitMs` where it takes longer than that. One that is given back as it was
   * does not count. Other stores leave it to the upstream.
   */
  readonly rate?: UpstreamRate | undefined
}

export interface Room {
  readonly task: string
  readonly places: number
  /** The same for all tasks with the same upstream; left out where a task has none. */
  readonly shared?: UpstreamRoom
  /** A claim must be kept before its job is answered with: after a power cut somebody is asked what became of it. */
  readonly mustBeKept?: boolean
}

export interface ClaimQuery {
  readonly owner: string
  /** At most this many jobs in all. */
  readonly places: number
  /**
   * At most this many of each task, and of all that share an upstream; free places go round the tasks in this order. Others are not
   * claimed. With no room at all what the store holds ready for this owner is given back: it stops.
   */
  readonly room: readonly Room[]
  readonly now: number
}

export interface Claimed {
  readonly jobs: readonly KeptJob[]
  /** When the next job of any task is due, or an upstream takes the next call of those that wait; undefined where none waits for a time. */
  readonly nextAt: number | undefined
}

export interface Settlement {
  readonly job: KeptJob
  readonly ending: Ending
}

/** Left out: any. */
export interface Filter {
  readonly ids?: readonly JobId[] | undefined
  readonly state?: JobState | undefined
  readonly task?: string | undefined
}

export interface Page {
  /** Only jobs sent later than this one. */
  readonly after?: JobId | undefined
  readonly limit: number
}

export type Change = { readonly kind: 'replay' } | { readonly kind: 'progress'; readonly part: number }

/** How many jobs are kept, by state. */
export type Counts = { readonly [State in JobState]: number }

export interface Fact {
  readonly name: string
  readonly value: string
}

/** What an engine does within SQL transactions: the feature `transactions`. */
export interface Transactions {
  /**
   * Keeps a call in the caller's own transaction, on whose connection to the same file this is: it is there after the commit,
   * and gone after a rollback. Throws `invalid_option` for a connection that is not fit for that, and all that `enqueue` throws;
   * `no_room` where there is none.
   */
  enqueueIn(database: SqliteDatabase, call: Call): readonly JobId[]
  /** Resolves once these are on disk. Rejects with `not_kept` where the transaction was not committed. */
  kept(ids: readonly JobId[]): Promise<void>
  /**
   * Settles a claimed job as done with what `write` returns, in one transaction with what it writes. Rejects with
   * `already_settled` where the job is not the claimer's any more.
   */
  doneWith(job: KeptJob, write: (database: SqliteDatabase) => unknown, now: number): Promise<unknown>
}

/**
 * Where jobs are kept. An engine keeps the cases of `testing/store-cases.ts`. One that can answer `claim` and `settle` at once
 * does so without a promise: with one for each, the worker in memory is slower by a tenth.
 */
export interface Store extends AsyncDisposable {
  readonly features: ReadonlySet<Feature>
  readonly transactions?: Transactions
  /** Rung when there may be something to claim, or room, or when others may have changed a fact. */
  readonly changed: Bell
  /** Rung when others have freed all that is in work here, since they believed that this process was dead: nothing of it is written. */
  readonly robbed?: Bell
  /**
   * Keeps all of a call or none, and answers with their ids, in order, once they are kept. False at once where there is no
   * room now. Throws or rejects with `too_large`, `conflict` or `too_many_dead`.
   */
  enqueue(call: Call): Promise<readonly JobId[]> | false
  /** Takes jobs that are due into work: nobody else gets them until they are settled. By task, priority and time. */
  claim(query: ClaimQuery): Claimed | Promise<Claimed>
  /** Writes how attempts ended. One whose job was claimed again since changes nothing. */
  settle(settlements: readonly Settlement[], now: number): void | Promise<void>
  /** Changes the jobs that fit the filter, the oldest first; answers with how many. Replays only dead ones, and only as many as have room. */
  change(filter: Filter, change: Change, now: number): Promise<number>
  find(id: JobId): Promise<KeptJob | undefined>
  /** In the order they were sent. */
  list(filter: Filter, page: Page): Promise<readonly KeptJob[]>
  /** Kept counters, never a scan. */
  count(): Promise<Counts>
  /** Every fact whose name begins with `prefix`, by name. */
  recall(prefix: string): Promise<readonly Fact[]>
  /** Sets a fact if its value is still `expected`; undefined: if it is not there, or to take it away. */
  remember(name: string, value: string | undefined, expected: string | undefined): Promise<boolean>
}
