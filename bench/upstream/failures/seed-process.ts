import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SeedOrder, SeedProgress, SeedResult, SeedTold } from './seed-order.ts'

const RUN_SEED = fileURLToPath(new URL('./run-seed.ts', import.meta.url))
/** A seed that takes longer is ended, so that nothing hangs: closed upstreams make it wait, not work. */
const LONGEST_MS = 7_200_000

/** Runs one seed in a process of its own, which ends with this one. */
export function runSeed(
  order: SeedOrder,
  onProgress: (progress: SeedProgress) => void,
  stop: AbortSignal,
): Promise<SeedResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SeedResult>()
  const child = fork(RUN_SEED, [JSON.stringify(order)], { timeout: LONGEST_MS, signal: stop })
  child.on('message', (message) => {
    const told = message as SeedTold
    if ('result' in told) resolve(told.result)
    else onProgress(told.progress)
  })
  child.once('error', reject)
  child.once('close', (code, signal) => reject(new Error(`seed ${order.seed} ended with ${String(code ?? signal)}`)))
  return promise
}
