import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { LONGEST_MS } from './child.ts'

/** How a server that is no Node program is started. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly options?: Pick<SpawnOptions, 'uid' | 'gid' | 'cwd'>
  /** Where it says what it does; the other is shown. */
  readonly says: 'stdout' | 'stderr'
  /** The line that it prints once it can be asked. */
  readonly ready: string
  readonly stopWith: NodeJS.Signals
}

/** A server that was installed with the system, in a process of its own. Leaving the scope ends it. */
export class ServerProgram implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #stopWith: NodeJS.Signals

  private constructor(child: ChildProcess, stopWith: NodeJS.Signals) {
    this.#child = child
    this.#stopWith = stopWith
  }

  /** Resolves once it can be asked. */
  static async start({ program, args, options, says, ready, stopWith }: ServerCommand): Promise<ServerProgram> {
    const child = spawn(program, args, {
      ...options,
      stdio: says === 'stdout' ? ['ignore', 'pipe', 'inherit'] : ['ignore', 'ignore', 'pipe'],
      timeout: LONGEST_MS,
    })
    await once(child, 'spawn')
    // Where the bench itself is ended, no scope is left.
    const end = (): void => void child.kill(stopWith)
    process.once('exit', end)
    child.once('close', () => process.removeListener('exit', end))
    const lines: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    createInterface({ input: child[says] as Readable }).on('line', (line) => {
      if (line.includes(ready)) resolve()
      lines.push(line)
      if (lines.length > 10) lines.shift()
    })
    child.once('close', () => reject(new Error(`${program} ended before it could be asked: ${lines.join('\n')}`)))
    await promise
    return new ServerProgram(child, stopWith)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = once(this.#child, 'close')
    this.#child.kill(this.#stopWith)
    await closed
  }
}
