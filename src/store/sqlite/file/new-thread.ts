import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/** In MB. With the defaults a thread would cost 22 MB, with these 7. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 }

/**
 * Starts the program of a thread that lies beside this file, or in a folder there, with nothing of what this program itself is
 * started with: a hook for modules alone would not fit into the limits. By `require`: an import would read its files in libuv's
 * pool, which may be stuck.
 */
export function newThread(program: string, name: string, workerData: unknown): Worker {
  const { NODE_OPTIONS: _, ...env } = process.env
  const file = new URL(`./${program}${path.extname(import.meta.filename)}`, import.meta.url)
  return new Worker(`require(${JSON.stringify(fileURLToPath(file))})`, {
    eval: true,
    name,
    workerData,
    env,
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  })
}
