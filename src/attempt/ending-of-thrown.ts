import { systemRandom } from '../core/clock.ts'
import type { Ending } from '../core/ending.ts'
import { errorText } from '../core/error-text.ts'
import { endingOf, type Unfinished } from './ending-of.ts'
import { reportFailure } from './report-failure.ts'

/** How an attempt ends that threw this; its upstream is told of it. */
export function endingOfThrown(unfinished: Omit<Unfinished, 'isUpstreamDown'>): Ending {
  try {
    const isUpstreamDown = reportFailure(unfinished.task.upstream, unfinished.error)
    return endingOf({ ...unfinished, isUpstreamDown })
  } catch (fault) {
    // What was thrown, or `random`, is itself at fault.
    const told = { cause: 'threw', error: new Error(errorText(fault)), random: systemRandom } as const
    return endingOf({ ...unfinished, ...told, isUpstreamDown: false })
  }
}
