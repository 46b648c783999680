import type { JobId } from '../../core/message.ts'
import type { Order } from '../broker.ts'
import type { Assigned, Progress, ReadRecord } from '../membership.ts'
import type { Turns } from './turns.ts'
import type { Waiting } from './waiting.ts'

export interface PartitionWorkOptions {
  readonly assigned: Assigned
  /** As the member before has left it. */
  readonly progress: Progress
  readonly order: Order
  readonly maxDeaths: number
  /** So many records are read at once, and again when fewer wait. */
  readonly readAhead: number
  /** So many records that were not tried are told to be under way, at most. */
  readonly markAhead: number
  readonly idOf: (record: ReadRecord) => JobId
  /** The record as it was before it was replayed. */
  readonly originOf: (record: ReadRecord) => ReadRecord
  readonly now: () => number
  /** One for all partitions of a member. */
  readonly turns: Turns<Waiting>
}
