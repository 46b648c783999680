import type { Moment } from '../core/clock.ts'
import type { Tries } from '../core/ending.ts'
import type { JobId } from '../core/message.ts'
import type { Phase } from './ending-of.ts'

/** What an attempt must know of its job. */
export interface AttemptedJob {
  readonly id: JobId
  readonly payload: unknown
  readonly tries: Tries
}

/** What an attempt is doing since when, and the job's tries where they have changed meanwhile. Attempts that begin together share it. */
export interface Stage extends Moment {
  readonly phase?: Phase
  readonly tries?: Tries
}
