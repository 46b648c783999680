/** By `clock.elapsed()`: when handlers get their signal, when they end unknown, and when nothing more is committed. */
export interface Leaving {
  readonly abortAt: number
  readonly cutAt: number
  readonly overAt: number
}
