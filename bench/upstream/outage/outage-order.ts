import type { SubjectName } from './subjects.ts'

/** What a fresh process is asked to do. */
export interface OutageOrder {
  readonly subject: SubjectName
  readonly gatewayUrl: string
  /** Where a Redis of our own listens. */
  readonly redisPort?: number
  /** How long tickets come. In the middle third of it receipts are down. */
  readonly seconds: number
  readonly ticketsPerSecond: number
}

/** What the tickets of a run are called, from 0. */
export const ticketIdOf = (n: number): string => `ticket-${n}`

/** What it saw. Where something was not done in time, a figure is missing. */
export interface OutageResult {
  /** Most calls at once of those that met the outage. */
  readonly mostAtOnce: number
  /** The same for those that began once willcall had closed the upstream. */
  readonly mostProbesAtOnce?: number
  readonly rowsPerSecondBefore: number
  readonly rowsPerSecondDuring: number
  /** Receipts that tickets waited for when the outage ended. */
  readonly waiting: number
  /** From the end of the outage until all these were there. */
  readonly receiptsAfterMs?: number
  /** From the end of the outage until everything was done, while more tickets came. */
  readonly allAfterMs?: number
  readonly attemptsSpent: number
}
