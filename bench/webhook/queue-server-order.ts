import type { SubjectName } from '../durable/subjects.ts'
import type { Place } from '../place.ts'

/** What the webhook of a peer is told. */
export interface QueueServerOrder {
  readonly subject: SubjectName
  readonly place: Place
  /** The body of each 202. */
  readonly answer: unknown
}
