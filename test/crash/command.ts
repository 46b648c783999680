import { stderr } from 'node:process'
import { WillcallError } from '../../src/core/errors.ts'
import { MissingError, NOT_POSSIBLE } from './requirements.ts'

class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

/**
 * Runs a command: its exit code is 0 where it found nothing wrong, 1 where it did or broke, and 2 where it cannot be run here.
 * It is told to stop by SIGINT and SIGTERM, and has cleaned up when it ends.
 */
export async function command(run: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
  const stop = new AbortController()
  const end = (signal: NodeJS.Signals): void => stop.abort(new StoppedError(`stopped by ${signal}`))
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    process.exitCode = (await run(stop.signal)) ? 0 : 1
  } catch (error) {
    stderr.write(`${textOf(error)}\n`)
    process.exitCode = error instanceof MissingError ? NOT_POSSIBLE : 1
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

function textOf(error: unknown): string {
  if (error instanceof MissingError) return `this cannot be run here, it needs: ${error.message}`
  if (error instanceof StoppedError || error instanceof WillcallError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
