import { systemClock } from '../../src/core/clock.ts'
import type { MakePass } from './subject.ts'

/** Messages between two yields: timers and sockets stay alive. */
const YIELD_EVERY = 1_000

/** No queue at all: the limit of what a fair loop can reach here, and how late a timer of this machine is anyway. */
export const bareLoop: MakePass =
  ({ handler }) =>
  async (count) => {
    for (let n = 0; n < count; n += 1) {
      await handler({ n })
      if (n % YIELD_EVERY === 0) await systemClock.yield()
    }
  }
