import type { Counts } from '../store/store.ts'
import type { FakeClock } from './fake-clock.ts'

/** Turns of the event loop in which handlers may settle before the clock goes on all the same. */
const MAX_TURNS = 1_000

/** The part of a `Worker` that is drained. */
export interface Drainable<Message> {
  run(signal: AbortSignal): Promise<readonly Message[]>
  idle(): Promise<void>
  count(): Promise<Counts>
}

/**
 * Runs the worker until nothing is left, and stops it. With the worker's fake clock, it goes on to the next timer whenever
 * nothing is in work, so that retries take no time, or when what is in work has not settled for 1,000 turns of the event loop,
 * so that time-outs come. Rejects where the worker is running already.
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
      for (let turns = 0; ; turns += 1) {
        await clock.yield()
        const { running: inWork } = await worker.count()
        if (over) break
        if (inWork > 0 && turns < MAX_TURNS) continue
        turns = 0
        if (!(await clock.jump())) break
      }
    }
    await ended
  } finally {
    stop.abort()
    await running
  }
}
