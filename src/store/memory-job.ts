import type { Linked } from '../channel/linked-list.ts'
import type { DeadReason, Tries } from '../core/ending.ts'
import type { JobState } from '../core/job.ts'
import type { JobId } from '../core/message.ts'
import type { OnceEntry } from './once-memory.ts'
import type { KeptJob, NewJob } from './store.ts'

/** What the jobs of a call have in common. */
export interface CallFacts {
  readonly priority: number
  readonly sentAt: number
  readonly runAt: number
}

/** How a job ended. */
export interface JobEnd {
  readonly at: number
  readonly result: unknown
  readonly dead: { readonly reason: DeadReason; readonly error: string } | undefined
}

/**
 * A retry replaces it, so that the claim of an attempt that has ended holds a job that is no longer `running`.
 * It is as small as it can be: what a message costs in memory is mostly what it makes the garbage collector do.
 */
export class MemoryJob implements KeptJob, Linked<MemoryJob> {
  readonly id: JobId
  readonly sequence: number
  readonly tries: Tries
  /** The once keys that it holds. */
  readonly keys: readonly OnceEntry[] | undefined
  readonly #message: NewJob
  readonly #call: CallFacts
  state: JobState = 'waiting'
  end: JobEnd | undefined = undefined
  progress: number | undefined = undefined
  before: MemoryJob | undefined = undefined
  after: MemoryJob | undefined = undefined

  constructor(
    id: JobId,
    sequence: number,
    message: NewJob,
    call: CallFacts,
    tries: Tries,
    keys: readonly OnceEntry[] | undefined,
  ) {
    this.id = id
    this.sequence = sequence
    this.tries = tries
    this.keys = keys
    this.#message = message
    this.#call = call
  }

  get task(): string {
    return this.#message.task
  }

  get payload(): object {
    return this.#message.payload
  }

  get priority(): number {
    return this.#call.priority
  }

  get sentAt(): number {
    return this.#call.sentAt
  }

  get runAt(): number {
    return this.#call.runAt
  }

  get endedAt(): number | undefined {
    return this.end?.at
  }

  get result(): unknown {
    return this.end?.result
  }

  get dead(): JobEnd['dead'] {
    return this.end?.dead
  }

  /** What follows it; from now on this one is nobody's claim. */
  again(runAt: number, tries: Tries): MemoryJob {
    this.state = 'waiting'
    return new MemoryJob(this.id, this.sequence, this.#message, { ...this.#call, runAt }, tries, this.keys)
  }
}
