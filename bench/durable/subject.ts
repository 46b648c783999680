import type { Place } from '../place.ts'

/** A message of this benchmark: small, and a fresh object each. */
export interface Ticket {
  readonly ticketId: string
}

/** What is called for each message: the same asynchronous function that does nothing, in every case. */
export type Handler = (ticket: Ticket) => Promise<void>

/** Handlers that run at once, in every case. */
export const CONCURRENCY = 10
/** Senders that each await their own message before the next. */
export const SENDERS = 100

export interface Subject extends AsyncDisposable {
  /** Resolves once all of them are acknowledged; all or none of one call are kept, where the subject can do so. */
  send(...tickets: readonly Ticket[]): Promise<unknown>
  /** Resolves once so many were done since the start, and the store was told. To be asked when all are acknowledged. */
  done(count: number): Promise<void>
  /** How many are not done, whichever process sent them; where several share a place. */
  left?(): Promise<number>
}

/** Makes the queue in question, and a worker of it that runs. */
export type MakeSubject = (place: Place, handler: Handler) => Promise<Subject>
