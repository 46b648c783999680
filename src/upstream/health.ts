/** How long it stays closed at first, and at least, in milliseconds. */
const MIN_CLOSED_MS = 500
/** It stays closed for this part of the time that it has been down: so it is found well at most that much later. */
const PART_OF_OUTAGE = 0.25
/** That time is made longer or shorter by up to this part, so that several processes do not come back at once. */
const SPREAD = 0.25
/** With so many places it counts as fully open, where it has no bound of its own. */
const MANY_PLACES = 1_024

export interface HealthOptions {
  readonly concurrency: number
  readonly failuresToClose: number
  readonly maxClosedMs: number
  readonly random: () => number
}

/**
 * Whether an API is well, by what its calls say. Times are those of `clock.elapsed()`, in milliseconds.
 * 1. Closed: no call may begin until `closedUntil`. 2. Then one at a time, the probe: if it fails, closed again, for longer; once
 * one is answered, 2 at a time, 4, 8 and so on, each step after as many calls as the step has places. 3. Fully open: no bound.
 */
export class Health {
  readonly #options: HealthOptions
  #closedUntil = Number.NEGATIVE_INFINITY
  /** How many calls may be under way while it is not fully open. */
  #places = Number.POSITIVE_INFINITY
  /** Whether a call was answered since it was last closed. */
  #isProven = true
  /** Calls that ended well on this step. */
  #ended = 0
  /** How often it was closed. A call that began before the last time says nothing of how it is now. */
  #closings = 0
  /** Calls under way that began since then. */
  #begun = 0
  #failuresInRow = 0
  /** Since when no call was answered; undefined while it is well. */
  #downSince: number | undefined

  constructor(options: HealthOptions) {
    this.#options = options
  }

  isClosed(now: number): boolean {
    return now < this.#closedUntil
  }

  /** Whether it was closed, and no call was answered since. */
  get isDown(): boolean {
    return !this.#isProven
  }

  get closedUntil(): number {
    return this.#closedUntil
  }

  /** How many more calls may begin. */
  free(now: number): number {
    return this.isClosed(now) ? 0 : this.#places - this.#begun
  }

  /** Counts a call; returns what `ended` is to be told of it. */
  begin(): number {
    this.#begun += 1
    return this.#closings
  }

  /** True where that opened it. What was under way when it closed says nothing. */
  answered(now: number): boolean {
    this.#failuresInRow = 0
    if (this.#isProven || this.isClosed(now)) return false
    this.#isProven = true
    this.#downSince = undefined
    return true
  }

  /** True where that closed it. */
  failed(now: number, retryAfterMs: number | undefined): boolean {
    this.#failuresInRow += 1
    if (retryAfterMs !== undefined) return this.close(now, now + Math.max(retryAfterMs, MIN_CLOSED_MS))
    const { failuresToClose } = this.#options
    if (this.isClosed(now) || (this.#isProven && this.#failuresInRow < failuresToClose)) return false
    return this.close(now, now + this.#closedMs(now))
  }

  #closedMs(now: number): number {
    const { maxClosedMs, random } = this.#options
    const partMs = PART_OF_OUTAGE * (now - (this.#downSince ?? now))
    return Math.min(maxClosedMs, Math.max(MIN_CLOSED_MS, partMs) * (1 + SPREAD * (2 * random() - 1)))
  }

  /** False where it is closed for longer already. */
  close(now: number, until: number): boolean {
    if (until <= this.#closedUntil || until <= now) return false
    this.#closedUntil = until
    this.#closings += 1
    this.#begun = 0
    this.#places = 1
    this.#isProven = false
    this.#ended = 0
    this.#downSince ??= now
    return true
  }

  /** Others have found it well: on to the first step, also before its time. False where it was not down. */
  reopen(): boolean {
    if (this.#isProven) return false
    this.#closedUntil = Number.NEGATIVE_INFINITY
    this.#isProven = true
    this.#failuresInRow = 0
    this.#downSince = undefined
    return true
  }

  /** Fully, whatever its calls said. False where it was. */
  open(): boolean {
    if (this.#places === Number.POSITIVE_INFINITY) return false
    this.#closedUntil = Number.NEGATIVE_INFINITY
    this.#places = Number.POSITIVE_INFINITY
    this.#isProven = true
    this.#failuresInRow = 0
    this.#downSince = undefined
    return true
  }

  /**
   * A call that began after so many closings has ended: on to the next step, where enough have ended well. True where it was the
   * probe, and brought no answer: then it is closed again, or one probe would follow the other.
   */
  ended(now: number, closings: number): boolean {
    if (closings !== this.#closings) return false
    this.#begun -= 1
    if (!this.#isProven) return this.close(now, now + this.#closedMs(now))
    if (this.#places === Number.POSITIVE_INFINITY || this.#failuresInRow > 0) return false
    this.#ended += 1
    if (this.#ended < this.#places) return false
    this.#ended = 0
    this.#places *= 2
    if (this.#places >= Math.min(this.#options.concurrency, MANY_PLACES)) this.open()
    return false
  }
}
