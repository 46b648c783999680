import type { Clock, Timer } from './clock.ts'

/**
 * One timer for many times: calls back no later than the earliest that was set since it last did, and maybe sooner.
 * Setting a time later than the one it waits for costs a comparison. Times are those of `clock.elapsed()`.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #callback: () => void
  #at = Number.POSITIVE_INFINITY
  #timer: Timer | undefined

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock
    this.#callback = callback
  }

  set(at: number): void {
    if (at >= this.#at) return
    this.#timer?.cancel()
    this.#at = at
    this.#timer = this.#clock.after(Math.max(0, Math.ceil(at - this.#clock.elapsed())), () => {
      this.cancel()
      this.#callback()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#at = Number.POSITIVE_INFINITY
  }
}
