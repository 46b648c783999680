/** What a fresh process is asked to do. */
export interface ProlongedOrder {
  readonly gatewayUrl: string
}

/** What it saw. */
export interface ProlongedResult {
  /** From sending the messages until all were done. */
  readonly doneMs: number
}

export const MESSAGES = 20
export const OUTAGE_MS = 500
export const PROLONG_MS = 100
