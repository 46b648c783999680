/** What is sent to a store before its power is cut. */
export interface Load {
  /** How many send at once, each one call after the other. */
  readonly senders: number
  /** The most messages of one call. */
  readonly batch: number
  /** Of each message. */
  readonly payloadBytes: number
  /** How many jobs the worker runs at once. */
  readonly concurrency: number
  /** How many messages are sent in all; left out: without end. */
  readonly messages?: number
}

/** What a load program is told, as JSON. */
export interface LoadOrder {
  readonly database: string
  readonly durability: 'disk' | 'process'
  /** Who it is, among all that use the database. */
  readonly from: string
  /** Each with a store of its own. */
  readonly threads: number
  /** The file that acknowledgements are written to; left out: the pipe that is file descriptor 3. */
  readonly marker?: string
  readonly load: Load
}

/** A message, without its task. */
export interface Note {
  readonly from: string
  readonly number: number
  readonly filler: string
}

/** The same for the same number, so that what comes back can be compared. */
export function noteOf(from: string, number: number, payloadBytes: number): Note {
  return { from, number, filler: `${number} `.repeat(payloadBytes / 2).slice(0, payloadBytes) }
}

export function messageOf(from: string, number: number, payloadBytes: number): Note & { readonly task: 'note' } {
  return { task: 'note', ...noteOf(from, number, payloadBytes) }
}

/** How its attempts end. */
export function fateOf(number: number, attempt: number): 'done' | 'retry' | 'dead' {
  if (number % 50 === 7) return 'dead'
  return number % 10 === 3 && attempt === 1 ? 'retry' : 'done'
}

/** Some are due only later. */
export const delayMsOf = (first: number): number => (first % 7 === 0 ? 20 : 0)
