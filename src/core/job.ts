import type { DeadReason } from './ending.ts'
import type { JobId, PayloadOf, ResultOf } from './message.ts'

export type JobState = 'waiting' | 'running' | 'done' | 'dead'

interface JobFacts {
  readonly id: JobId
  readonly state: JobState
  readonly priority: number
  readonly sentAt: Date
  /** Not before this time; in the past for a job that waits for a free slot. */
  readonly runAt: Date
  /** When it was done or dead. */
  readonly endedAt?: Date
  /** Attempts spent. */
  readonly attempts: number
  /** How often its owner died while it was in work. */
  readonly deaths: number
  /** From 0 to 1, as its handler said. */
  readonly progress?: number
  /** What went wrong last. */
  readonly error?: string
  /** Why it is dead. */
  readonly reason?: DeadReason
}

/** A job as `find` and `list` show it; `task` tells the types of `payload` and `result`. */
export type JobOf<T> = {
  [Name in keyof T & string]: JobFacts & {
    readonly task: Name
    readonly payload: PayloadOf<T[Name]>
    readonly result?: ResultOf<T[Name]>
  }
}[keyof T & string]
