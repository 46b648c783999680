import { Stopwatch } from './stopwatch.ts'
import type { Calls, Took } from './topics-order.ts'

/**
 * Calls with the records from `first` up to `last`, without `last`, a part of them at a time; a caller awaits each call before its
 * next. Resolves with how long that took.
 */
export async function inCalls(
  { callers, size }: Calls,
  first: number,
  last: number,
  call: (first: number, last: number) => Promise<unknown>,
): Promise<Took> {
  let next = first
  const caller = async (): Promise<void> => {
    while (next < last) {
      const from = next
      next = Math.min(from + size, last)
      await call(from, next)
    }
  }
  const stopwatch = new Stopwatch()
  await Promise.all(Array.from({ length: callers }, caller))
  return stopwatch.took()
}
