import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'
import type { Attempt } from './attempt.ts'
import type { AttemptedJob } from './stage.ts'

/** Turns of the event loop between the moment when time is up and the time-out: an answer may be waiting in its socket. */
const TURNS_BEFORE_TIMEOUT = 3

/**
 * Attempts that have begun and not ended, and the one timer that their times share.
 * 1. None outlives its deadline, but for the turns in which an answer may be read. 2. Whoever waits is woken no later than asked.
 */
export class InWork<Job extends AttemptedJob> {
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #woken: () => void
  readonly #attempts: Attempt<Job>[] = []

  /** `woken`: called at each time that was asked for, and maybe sooner. */
  constructor(clock: Clock, woken: () => void) {
    this.#clock = clock
    this.#woken = woken
    this.#alarm = new Alarm(clock, () => void this.#wake())
  }

  get size(): number {
    return this.#attempts.length
  }

  /** Its deadline must be asked for with `wakeBy`: those that begin together have one. */
  add(attempt: Attempt<Job>): void {
    attempt.slot = this.#attempts.push(attempt) - 1
  }

  remove(attempt: Attempt<Job>): void {
    const last = this.#attempts.pop() as Attempt<Job>
    if (last === attempt) return
    this.#attempts[attempt.slot] = last
    last.slot = attempt.slot
  }

  /** As they are now: they may end meanwhile. */
  all(): readonly Attempt<Job>[] {
    return this.#attempts.slice()
  }

  /** By `clock.elapsed()`. */
  wakeBy(elapsed: number): void {
    this.#alarm.set(elapsed)
  }

  /** Ends the attempts whose time is up, but not before what came while the event loop was blocked has been read. */
  async #wake(): Promise<void> {
    for (let turn = 0; turn < TURNS_BEFORE_TIMEOUT; turn += 1) await this.#clock.yield()
    const elapsed = this.#clock.elapsed()
    for (const attempt of this.all()) if (attempt.deadline <= elapsed) attempt.timeOut()
    for (const { deadline } of this.#attempts) this.#alarm.set(deadline)
    this.#woken()
  }

  /** Nobody is woken any more. */
  rest(): void {
    this.#alarm.cancel()
  }
}
