import { hash } from 'node:crypto'

export const DEFAULT_SEED = 1

export interface BadTicketOptions {
  /** Decides which calls fail, and which tickets are bad. Default: 1. */
  readonly seed?: number | undefined
  /** The share of tickets that are refused with 400, however often they are sent. Default: 0. */
  readonly badTicketRate?: number | undefined
}

/** Whether a gateway with these options refuses the ticket. One that is bad at a rate is bad at every higher one. */
export function isBadTicket(
  ticketId: string,
  { seed = DEFAULT_SEED, badTicketRate = 0 }: BadTicketOptions = {},
): boolean {
  return hash('sha256', `${seed}:${ticketId}`, 'buffer').readUInt32BE() / 2 ** 32 < badTicketRate
}
