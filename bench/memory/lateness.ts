import { systemClock, type Timer } from '../../src/core/clock.ts'
import { quantile } from '../quantile.ts'

const INTERVAL_MS = 10

/**
 * How late an interval of 10 ms fires. A fire that is late by 35 ms stands for those that it kept from coming too: 35, 25, 15
 * and 5 ms. Otherwise a loop that never yields would count as one late fire.
 */
export class Lateness {
  readonly #lateMs: number[] = []
  #dueMs = 0
  #timer: Timer | undefined

  start(): void {
    this.#dueMs = systemClock.elapsed() + INTERVAL_MS
    this.#timer = systemClock.after(INTERVAL_MS, () => {
      this.#count()
      this.start()
    })
  }

  /** How late the next fire is by now: 0 until it is due. */
  get overdueMs(): number {
    return Math.max(0, systemClock.elapsed() - this.#dueMs)
  }

  /** Ends the interval; one that is overdue counts as if it fired now. */
  stop(): { readonly p999Ms: number; readonly maxMs: number } {
    this.#timer?.cancel()
    if (this.overdueMs > 0) this.#count()
    const sorted = this.#lateMs.toSorted((one, other) => one - other)
    return { p999Ms: quantile(sorted, 0.999), maxMs: quantile(sorted, 1) }
  }

  #count(): void {
    for (let missedMs = this.overdueMs; missedMs >= 0; missedMs -= INTERVAL_MS) this.#lateMs.push(missedMs)
  }
}
