import type { EndpointName } from '../../../examples/tickets/gateway/endpoints.ts'

/** What a fresh process is asked to do. */
export interface SeedOrder {
  readonly seed: number
  readonly tickets: number
}

/** What it says, by the channel between the two processes: how far it is, now and then, and the result last. */
export type SeedTold = { readonly progress: SeedProgress } | { readonly result: SeedResult }

export interface SeedProgress {
  readonly waiting: number
  readonly dead: number
}

export interface SeedResult {
  readonly seed: number
  readonly badTickets: number
  readonly dead: number
  readonly calls: number
  /** Calls by what happened to them, for each endpoint. */
  readonly happened: Readonly<Record<EndpointName, Readonly<Record<string, number>>>>
  readonly seconds: number
  /** A sentence for each ticket that lacks something, or whose job is dead though it is good, or is not dead though it is bad. */
  readonly lost: readonly string[]
  /** A sentence for each ticket that has too much. */
  readonly doubled: readonly string[]
}
