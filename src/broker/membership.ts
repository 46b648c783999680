import type { Bell } from '../channel/bell.ts'
import type { DeadReason } from '../core/ending.ts'
import type { TopicRecord } from './broker.ts'

/** Most bytes of `Progress.above`: what Kafka takes as the metadata of an offset. */
export const MAX_ABOVE_BYTES = 4_096

/** What is kept of a group's work at one partition. */
export interface Progress {
  /** All records before it are done or dead. */
  readonly offset: number
  /** What is known of the records from there on, as ASCII text. Empty: nothing. The engine keeps it, and does not read it. */
  readonly above: string
}

/** A partition that a member holds. The same object from when it is taken until it is lost or released. */
export interface Assigned {
  readonly topic: string
  readonly partition: number
}

export interface Taken {
  readonly assigned: Assigned
  /** As the member before has left it. */
  readonly progress: Progress
}

export interface Assignment {
  /** Held by this member from now on. */
  readonly taken: readonly Taken[]
  /** Others hold them, or may: nothing of them can be committed. */
  readonly lost: readonly Assigned[]
  /** Others wait for them: to be released once nothing of them is in work. Named again until that. */
  readonly toRelease: readonly Assigned[]
}

/** A record as it is kept: no handler has it, so that none can change it. */
export interface ReadRecord extends Omit<TopicRecord, 'payload'> {
  /** The payload as JSON. What cannot be parsed is dead. */
  readonly json: string
}

/** What was read of a partition. */
export interface Read {
  readonly records: readonly ReadRecord[]
  /** Where to read on. Offsets before it that are not among the records are of no record. */
  readonly next: number
  /** Of the payloads and headers, about. */
  readonly bytes: number
}

/** A record that no attempt is made at any more. */
export interface DeadRecord {
  readonly record: ReadRecord
  readonly reason: DeadReason
  readonly error: string
  /** Attempts spent, and how often its process died. */
  readonly attempts: number
  readonly deaths: number
  /** When it died, in milliseconds since 1970. */
  readonly at: number
}

export interface Commit {
  readonly assigned: Assigned
  readonly progress: Progress
  /** Kept in `<topic>.dead` with the progress, or neither is. */
  readonly dead: readonly DeadRecord[]
}

/** One of a group, as its subscription sees the engine. */
export interface Member {
  /** What makes ids of records unique beyond this broker. */
  readonly brokerId: string
  /** Rung when there may be more to read, or another assignment. */
  readonly changed: Bell
  /** Takes what this member is to hold and nobody else does. Rejects where the engine cannot say now; to be asked again. */
  assign(): Promise<Assignment>
  /** At most so many records from this offset on, fewer where they are long; no records: there are none yet. */
  read(assigned: Assigned, from: number, most: number): Read | Promise<Read>
  /**
   * Writes progress: once this is resolved it outlives the process. Answers, for each, whether the member still holds the partition;
   * where not, nothing of it was written. Progress never goes back.
   */
  commit(commits: readonly Commit[]): Promise<readonly boolean[]>
  /** It takes nothing any more; what it releases from now on is for the others, though it still has partitions. */
  stop(): Promise<void>
  /** Others may take it. What was to be committed was committed before. */
  release(assigned: Assigned): Promise<void>
  /** Releases all, and is no member any more. */
  leave(): Promise<void>
}

/** Adds a member to a group. */
export type Join = (options: { readonly group: string; readonly topics: readonly string[] }) => Promise<Member>
