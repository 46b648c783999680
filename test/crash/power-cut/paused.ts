import { systemClock } from '../../../src/core/clock.ts'

/** Resolves after so many milliseconds; rejects with the signal's reason once that is aborted. */
export function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = systemClock.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
