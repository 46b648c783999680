import type { UpstreamRate } from '../core/upstream.ts'

/**
 * Longest time that a call is taken to be on its way, and the part of the interval that it is at most. What arrives later still
 * counts as arrived then: a call that takes long keeps others back no longer than that.
 */
const MAX_TRANSIT_MS = 1_000
const MAX_TRANSIT_PART = 0.25

/** A call that counts until `until`, by `clock.elapsed()`. */
interface Counted {
  until: number
  next: Counted | undefined
}

/**
 * At most `limit` calls within any `intervalMs`, by the count of the API: a call reaches it some time between its beginning and
 * its end, so it counts until `intervalMs` after its end. (Counted from the beginning, a third of the windows at the API held one
 * call too many: two calls need not take equally long to arrive.)
 * Of this process alone: a store that several share counts them for all.
 */
export class Rate implements UpstreamRate {
  readonly limit: number
  readonly intervalMs: number
  readonly transitMs: number
  /** In the order in which they began. One that ends early waits for those before it. */
  #first: Counted | undefined
  #last: Counted | undefined
  #count = 0

  constructor(limit: number, intervalMs: number) {
    this.limit = limit
    this.intervalMs = intervalMs
    this.transitMs = Math.min(MAX_TRANSIT_MS, MAX_TRANSIT_PART * intervalMs)
  }

  free(now: number): number {
    for (; this.#first !== undefined && this.#first.until <= now; this.#first = this.#first.next) this.#count -= 1
    if (this.#first === undefined) this.#last = undefined
    return this.limit - this.#count
  }

  /** When the next one is free, if none is. */
  freeAt(now: number): number | undefined {
    return this.free(now) > 0 ? undefined : this.#first?.until
  }

  /** Counts a call from now on; returns what says that it has ended. */
  begin(now: number): (now: number) => void {
    const call: Counted = { until: now + this.transitMs + this.intervalMs, next: undefined }
    if (this.#last === undefined) this.#first = call
    else this.#last.next = call
    this.#last = call
    this.#count += 1
    return (end) => {
      call.until = Math.min(call.until, end + this.intervalMs)
    }
  }
}
