/** A timer that was set; `cancel` is safe to call twice. */
export interface Timer {
  cancel(): void
  /** The process may end before it goes off. A clock that keeps no process alive leaves it out. */
  unref?(): void
}

/** One moment, by `clock.now()` and by `clock.elapsed()`. */
export interface Moment {
  readonly now: number
  readonly elapsed: number
}

/** Where all time comes from. Tests give a fake one (`willcall/testing`). */
export interface Clock {
  /** Milliseconds since 1970, as the system says; it can jump. */
  now(): number
  /** Milliseconds that only grow, from an arbitrary start. */
  elapsed(): number
  /** Calls back once, after `delayMs`. The process stays alive for it. Delays over 24 days are cut to 24 days. */
  after(delayMs: number, callback: () => void): Timer
  /** Resolves once timers and sockets had their turn. */
  yield(): Promise<void>
}

/** The longest delay that a timer of Node takes, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Uniform in [0, 1). */
export const systemRandom: () => number = Math.random

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS))
    return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() }
  },
  yield: () => new Promise((resolve) => setImmediate(resolve)),
}
