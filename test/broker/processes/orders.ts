import type { MemberFact, MemberOrder } from '../../../src/testing/index.ts'
import { Told } from './told.ts'

/** A member of a group in a process of its own. */
export interface MemberProgramOrder {
  readonly path: string
  readonly member: MemberOrder
}

/** A process that publishes in one call after the other, until it is stopped by SIGTERM. */
export interface PublishOrder {
  readonly path: string
  readonly topic: string
  /** The number of its first record; the key of each is one of `keys`, which nobody else uses. */
  readonly first: number
  readonly keys: number
  readonly recordsOfCall: number
  /** How long it rests after each call. */
  readonly restMs: number
}

/** The records with the numbers `from` up to `to` were acknowledged. */
export interface Acknowledged {
  readonly from: number
  readonly to: number
}

export const aMember = (order: MemberProgramOrder): Told<MemberFact> => new Told('member.ts', order)
export const aPublisher = (order: PublishOrder): Told<Acknowledged> => new Told('publish.ts', order)
