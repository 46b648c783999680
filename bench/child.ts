import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** A process of the benchmark that takes longer is ended, so that nothing hangs. */
export const LONGEST_MS = 600_000

/** Runs a program to its end and answers with the JSON that it printed; what it says on standard error is shown. */
export async function jsonOf<Result>(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Result> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_MS })
  const [printed, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code ?? signal)}`)
  const result: Result = JSON.parse(printed)
  return result
}
