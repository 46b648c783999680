import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FreshFolder } from './fresh-folder.ts'
import { freePort } from './free-port.ts'
import { ServerProgram } from './server-program.ts'

const run = promisify(execFile)

/** When Redis has on disk what it was told: never, up to a second later, or before it answers. */
export type RedisSync = 'never' | 'everysec' | 'always'

/** A Redis of our own, empty. Leaving the scope ends it. */
export class Redis implements AsyncDisposable {
  readonly port: number
  readonly version: string
  readonly #started: AsyncDisposableStack

  private constructor(port: number, version: string, started: AsyncDisposableStack) {
    this.port = port
    this.version = version
    this.#started = started
  }

  /** Its version; undefined where redis-server is not installed. */
  static async installed(): Promise<string | undefined> {
    try {
      const { stdout } = await run('redis-server', ['--version'])
      return /v=([\d.]+)/.exec(stdout)?.[1]
    } catch {
      return undefined
    }
  }

  /** Resolves once it listens; with undefined where redis-server is not installed. */
  static async start(sync: RedisSync = 'never'): Promise<Redis | undefined> {
    const version = await Redis.installed()
    if (version === undefined) return undefined
    await using stack = new AsyncDisposableStack()
    const port = await freePort()
    const folder = stack.use(await FreshFolder.make())
    const log = sync === 'never' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', sync]
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path, '--save', '', ...log]
    const ready = 'Ready to accept connections'
    stack.use(await ServerProgram.start({ program: 'redis-server', args, says: 'stdout', ready, stopWith: 'SIGTERM' }))
    return new Redis(port, version, stack.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync()
  }
}
