import { Socket } from 'node:net'
import { systemClock } from '../../src/index.ts'

/** npm passes a Ctrl-C on that the terminal has already sent to everyone: the same signal again so soon is the same wish. */
const ECHO_MS = 200

/** Why a program is to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly by: NodeJS.Signals | 'end of stdin'

  constructor(by: NodeJS.Signals | 'end of stdin') {
    super(`stopped by ${by}`)
    this.by = by
  }
}

/**
 * Aborted, with a `Stopped`, by SIGTERM or SIGINT; a second one ends the process at once, with exit code 1. Where
 * `STOP_WITH_PARENT` is 1 also when stdin ends, as it does when the parent that holds it dies.
 */
export function stopSignal({ STOP_WITH_PARENT }: NodeJS.ProcessEnv): AbortSignal {
  const stop = new AbortController()
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined
  const end = (signal: NodeJS.Signals): void => {
    const now = systemClock.elapsed()
    if (first === undefined) first = { signal, at: now }
    else if (signal !== first.signal || now - first.at > ECHO_MS) process.exit(1)
    stop.abort(new Stopped(signal))
  }
  process.on('SIGTERM', end).on('SIGINT', end)
  if (STOP_WITH_PARENT === '1') {
    const orphaned = (): void => stop.abort(new Stopped('end of stdin'))
    process.stdin.once('close', orphaned).once('error', orphaned).resume()
    if (process.stdin instanceof Socket) process.stdin.unref() // A file keeps nothing alive.
  }
  return stop.signal
}
