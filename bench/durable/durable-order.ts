import type { Place } from '../place.ts'
import type { SubjectName } from './subjects.ts'

/** What a fresh process is asked to measure. */
export interface DurableOrder {
  readonly subject: SubjectName
  readonly place: Place
  readonly senders: number
  /** Messages before the clock starts, and while it runs. */
  readonly warmUp: number
  readonly messages: number
  /** What ends the clock: that all are acknowledged and done, or only acknowledged. */
  readonly until: 'done' | 'acknowledged'
}

export interface Speed {
  readonly ms: number
}
