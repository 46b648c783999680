import PQueue from 'p-queue'
import { CONCURRENCY, INTERVAL_MS, LIMIT, type Limiter } from './limiter.ts'

/** `strict` is its sliding window: no interval has more, wherever it begins. */
export const pQueue: Limiter = async (call, calls, signal) => {
  const queue = new PQueue({ concurrency: CONCURRENCY, intervalCap: LIMIT, interval: INTERVAL_MS, strict: true })
  // What is cleared away at the end is rejected.
  for (let n = 0; n < calls; n += 1) queue.add(call).catch(() => {})
  signal.addEventListener('abort', () => queue.clear())
  await queue.onIdle()
}
