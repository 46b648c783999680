import { systemClock } from '../../src/index.ts'

/** What does not come by then will not come: the test fails, and leaves nothing behind. */
const LONGEST_MS = 50_000

/** Lets the event loop turn until the fact is there. */
export async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const longest = systemClock.elapsed() + LONGEST_MS
  while (!(await fact())) {
    if (systemClock.elapsed() > longest) throw new Error(`this has not come true in ${LONGEST_MS} ms: ${String(fact)}`)
    await systemClock.yield()
  }
}
