import type { CallLog } from '../call-log.ts'

/** Calls at once, of all APIs together, in every case. */
export const CONCURRENCY = 20
/** Calls of one API at once, where the subject can say so. */
export const CONCURRENCY_OF_API = 8
/** Tries of a call after the first. */
export const RETRIES = 24
/** Back-off before the second attempt. */
export const FIRST_DELAY_MS = 1_000

/** A way to get the two calls of a ticket done, however often they fail. */
export interface Subject {
  /** Takes a ticket: a receipt and a row. */
  send(ticketId: string): void
  /** Attempts that failed calls have spent so far, where they are not as many as the failed calls. */
  attemptsSpent?(): number
  /** When the upstream was first closed, by `clock.elapsed()`, where there is one. */
  closedAt?(): number | undefined
  close(): Promise<void>
}

interface SubjectParts {
  readonly gatewayUrl: string
  readonly log: CallLog
  readonly redisPort: number | undefined
}

export type MakeSubject = (parts: SubjectParts) => Promise<Subject>
