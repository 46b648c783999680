import type { SubjectName } from '../durable/subjects.ts'

/** What a fresh process is asked to do. */
export interface LoopOrder {
  readonly subject: SubjectName
  readonly folder: string
  readonly clients: number
  readonly seconds: number
  /** When the clients begin, in milliseconds since 1970: all processes at once. */
  readonly beginAt: number
  /** Which of how many processes it is, from 0. */
  readonly index: number
  readonly processes: number
  /** So many passwords are hashed at once all the time, in the pool of threads that also syncs. */
  readonly hashes: number
  /** By how much each sync is slowed; 0 where it is not. */
  readonly slowMs: number
}

export interface LoopResult {
  readonly sent: number
  readonly worked: number
  /** Rejected sends, and what the first one said. */
  readonly errors: number
  readonly error?: string
  readonly perSecond: number
  readonly sendP50Ms: number
  readonly sendP99Ms: number
  readonly sendMaxMs: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
}

/** Where a process leaves the numbers of the messages that were acknowledged, and of those that it worked. */
export const acknowledgedFile = (index: number): string => `acknowledged-${index}`
export const workedFile = (index: number): string => `worked-${index}`
