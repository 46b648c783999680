import { execFile } from 'node:child_process'
import { platform } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FreshFolder } from '../fresh-folder.ts'

const run = promisify(execFile)

const SOURCE = fileURLToPath(new URL('./slow-sync.c', import.meta.url))

/** The environment in which each sync of a program returns later. */
export type SlowEnvironment = (ms: number) => NodeJS.ProcessEnv

/**
 * A library that is loaded before the C library; undefined where it cannot be made: not on Linux, or without a C compiler.
 * strace could do the same; this needs no right to trace.
 */
export async function slowSync(folder: FreshFolder): Promise<SlowEnvironment | undefined> {
  if (platform !== 'linux') return undefined
  const library = folder.file('slow-sync.so')
  try {
    await run('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE])
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
  return (ms) => ({ ...process.env, LD_PRELOAD: library, SLOW_SYNC_MS: String(ms) })
}
