import { type Clock, systemClock, type Timer } from '../core/clock.ts'
import { wholeNumber } from '../core/option.ts'

interface FakeTimer {
  readonly at: number
  readonly callback: () => void
}

/** Turns of the event loop that one timer may set off before the next one. */
const MAX_TURNS = 100

/**
 * A clock that stands still until it is told to go on. Timers go off in the order of their times, each with the clock at its
 * time, and what they set off has its turn before the next one.
 */
export class FakeClock implements Clock {
  readonly #startedAt: number
  #elapsed = 0
  #yielding = 0
  readonly #timers = new Set<FakeTimer>()

  /** `startsAt`: default 2026-01-01T00:00:00Z. */
  constructor(startsAt: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#startedAt = startsAt.getTime()
  }

  now(): number {
    return this.#startedAt + this.#elapsed
  }

  elapsed(): number {
    return this.#elapsed
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#elapsed + delayMs, callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Real: sockets and promises go on while this clock stands still. */
  async yield(): Promise<void> {
    this.#yielding += 1
    await systemClock.yield()
    this.#yielding -= 1
  }

  /** What was set off may itself let others have their turn, and go on after it. */
  async #rest(): Promise<void> {
    for (let turn = 0; turn === 0 || (this.#yielding > 0 && turn < MAX_TURNS); turn += 1) await systemClock.yield()
  }

  /** Goes on by so many milliseconds. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + wholeNumber('ms', ms, 0)
    await this.#rest()
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) await this.#goOff(next)
    this.#elapsed = Math.max(this.#elapsed, until)
    await this.#rest()
  }

  /** Goes on to the next timer; false where there is none. */
  async jump(): Promise<boolean> {
    const next = this.#next()
    if (next !== undefined) await this.#goOff(next)
    return next !== undefined
  }

  #next(): FakeTimer | undefined {
    let next: FakeTimer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }

  async #goOff(timer: FakeTimer): Promise<void> {
    this.#timers.delete(timer)
    this.#elapsed = Math.max(this.#elapsed, timer.at)
    timer.callback()
    await this.#rest()
  }
}
