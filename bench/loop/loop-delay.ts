import { systemClock, type Timer } from '../../src/core/clock.ts'
import { quantile } from '../quantile.ts'

const INTERVAL_MS = 1

/**
 * How late a timer of 1 ms fires: how long a request that comes now waits until the event loop looks at it. Not perf_hooks'
 * monitorEventLoopDelay: that counts a loop that stood still for 100 ms as one late sample among thousands. Here it stands for
 * all those that would have come meanwhile, which waited for 100, 99, 98 ms and so on, so that p99 is that of a request.
 */
export class LoopDelay {
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

  stop(): { readonly p99Ms: number; readonly maxMs: number } {
    this.#timer?.cancel()
    this.#count()
    const sorted = Float64Array.from(this.#lateMs).toSorted()
    return { p99Ms: quantile(sorted, 0.99), maxMs: quantile(sorted, 1) }
  }

  #count(): void {
    const lateMs = systemClock.elapsed() - this.#dueMs
    for (let missedMs = lateMs; missedMs >= 0; missedMs -= INTERVAL_MS) this.#lateMs.push(missedMs)
  }
}
