import type { LimiterName } from './limiters.ts'

/** What a fresh process is asked to do. */
export interface LimitOrder {
  readonly limiter: LimiterName
  readonly gatewayUrl: string
  readonly seconds: number
  /** Decides how long each call is on its way. */
  readonly seed: number
}
