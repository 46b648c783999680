/** What a job has been through. Never changed, only replaced. */
export interface Tries {
  /** Attempts spent. */
  readonly attempts: number
  /** How often its owner died while it was in work. */
  readonly deaths: number
  readonly snoozes: number
  /** How often it failed because its upstream did, and spent no attempt. */
  readonly closings: number
  /** How often `reconcile` failed to answer since the last attempt. */
  readonly asks: number
  /** When the attempt began whose outcome nobody knows, in milliseconds since 1970. */
  readonly unknownSince: number | undefined
  /** How the last attempt ended, unless it was the first. */
  readonly last: LastEnding | undefined
}

export interface LastEnding {
  readonly kind: 'retry' | 'snoozed' | 'unknown'
  readonly error: string
}

export const NO_TRIES: Tries = {
  attempts: 0,
  deaths: 0,
  snoozes: 0,
  closings: 0,
  asks: 0,
  unknownSince: undefined,
  last: undefined,
}

/** Why a job is dead. */
export type DeadReason = 'attempts_used_up' | 'deaths_used_up' | 'payload_refused' | 'permanent' | 'reconcile_failed'

/** How an attempt ended, as data: whoever kept the job writes it. `at` is in milliseconds since 1970. */
export type Ending =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'retry' | 'snoozed' | 'unknown'; readonly at: number; readonly tries: Tries }
  | { readonly kind: 'dead'; readonly reason: DeadReason; readonly error: string; readonly tries: Tries }
