import { cpuUsage } from 'node:process'
import { systemClock } from '../../src/core/clock.ts'
import type { Took } from './topics-order.ts'

/** Runs from when it is made. */
export class Stopwatch {
  readonly #startMs = systemClock.elapsed()
  readonly #cpu = cpuUsage()

  took(): Took {
    const { user, system } = cpuUsage(this.#cpu)
    return { ms: systemClock.elapsed() - this.#startMs, cpuMs: (user + system) / 1_000 }
  }
}
