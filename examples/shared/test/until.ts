import { systemClock } from '../../../src/index.ts'

/** Lets the event loop turn until the fact is there. */
export async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fact())) await systemClock.yield()
}
