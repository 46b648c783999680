import { systemClock } from '../../src/core/clock.ts'
import type { Calls } from './topics-order.ts'

/**
 * Calls with the records from `first` up to `last`, without `last`, a part of them at a time; a caller awaits each call before its
 * next. Resolves with how many milliseconds that took.
 */
export async function inCalls(
  { callers, size }: Calls,
  first: number,
  last: number,
  call: (first: number, last: number) => Promise<unknown>,
): Promise<number> {
  let next = first
  const caller = async (): Promise<void> => {
    while (next < last) {
      const from = next
      next = Math.min(from + size, last)
      await call(from, next)
    }
  }
  const startMs = systemClock.elapsed()
  await Promise.all(Array.from({ length: callers }, caller))
  return systemClock.elapsed() - startMs
}
