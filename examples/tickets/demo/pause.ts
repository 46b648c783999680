import { systemClock } from '../../../src/index.ts'

/** Resolves after that time. An aborted signal ends the wait, with its reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = systemClock.after(ms, resolve)
  const leave = (): void => reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    await promise
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', leave)
  }
}
