import type { DeadReason, Tries } from '../core/ending.ts'
import type { JobState } from '../core/job.ts'
import type { JobId } from '../core/message.ts'
import type { Linked } from './job-list.ts'
import type { OnceEntry } from './once-memory.ts'
import type { KeptJob, NewJob } from './store.ts'

/** A retry replaces it, so that the claim of an attempt that has ended holds a job that is no longer `running`. */
export class MemoryJob implements KeptJob, Linked<MemoryJob> {
  readonly id: JobId
  readonly sequence: number
  readonly task: string
  readonly payload: object
  readonly priority: number
  readonly sentAt: number
  readonly runAt: number
  readonly tries: Tries
  /** The once keys that it holds. */
  readonly keys: readonly OnceEntry[] | undefined
  state: JobState = 'waiting'
  before: MemoryJob | undefined = undefined
  after: MemoryJob | undefined = undefined
  progress: number | undefined = undefined
  endedAt: number | undefined = undefined
  result: unknown = undefined
  dead: { readonly reason: DeadReason; readonly error: string } | undefined = undefined

  constructor(
    id: JobId,
    sequence: number,
    from: NewJob | MemoryJob,
    sentAt: number,
    runAt: number,
    tries: Tries,
    keys: readonly OnceEntry[] | undefined,
  ) {
    this.id = id
    this.sequence = sequence
    this.task = from.task
    this.payload = from.payload
    this.priority = from.priority
    this.sentAt = sentAt
    this.runAt = runAt
    this.tries = tries
    this.keys = keys
  }

  /** What follows it; from now on this one is nobody's claim. */
  again(runAt: number, tries: Tries): MemoryJob {
    this.state = 'waiting'
    return new MemoryJob(this.id, this.sequence, this, this.sentAt, runAt, tries, this.keys)
  }
}
