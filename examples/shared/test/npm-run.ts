import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Npm extends Disposable {
  readonly npm: ChildProcess
  /** Resolves with its exit code and signal. */
  readonly ended: Promise<unknown[]>
  readonly url: string
}

/** Starts a script of the package and resolves once it listens. Its stdin is held, so that nothing outlives a failed test. */
export async function npmRun(script: string, database: string): Promise<Npm> {
  const npm = spawn('npm', ['run', script], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', DATABASE: database, STOP_WITH_PARENT: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  npm.stderr.resume()
  const ended = once(npm, 'exit')
  for await (const line of createInterface({ input: npm.stdout })) {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { npm, ended, url, [Symbol.dispose]: () => void npm.stdin.destroy() }
  }
  throw new Error('it ended before it listened')
}
