import type { Counts } from '../store/store.ts'
import type { FakeClock } from './fake-clock.ts'

/** The part of a `Worker` that is drained. */
export interface Drainable<Message> {
  run(signal: AbortSignal): Promise<readonly Message[]>
  idle(): Promise<void>
  count(): Promise<Counts>
}

/**
 * Runs the worker until nothing is left, and stops it. With the worker's fake clock, it goes on to the next timer whenever
 * nothing is in work: retries take no time. Rejects where the worker is running already.
 */
export async function drain<Message>(worker: Drainable<Message>, clock?: FakeClock): Promise<void> {
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  const ended = Promise.race([worker.idle(), running])
  let over = false
  const end = (): void => {
    over = true
  }
  void ended.then(end, end)
  try {
    if (clock !== undefined) {
      for (;;) {
        await clock.yield()
        const { running: inWork } = await worker.count()
        if (over || (inWork === 0 && !(await clock.jump()))) break
      }
    }
    await ended
  } finally {
    stop.abort()
    await running
  }
}
