import type { Clock, Timer } from '../../src/core/clock.ts'

/** A clock whose time of day can be set, while what it measures goes on. */
export class JumpingClock implements Clock {
  readonly #clock: Clock
  #offsetMs: number

  constructor(clock: Clock, offsetMs = 0) {
    this.#clock = clock
    this.#offsetMs = offsetMs
  }

  jump(ms: number): void {
    this.#offsetMs += ms
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs
  }

  elapsed(): number {
    return this.#clock.elapsed()
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#clock.after(delayMs, callback)
  }

  yield(): Promise<void> {
    return this.#clock.yield()
  }
}
