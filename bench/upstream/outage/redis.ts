import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A Redis of our own, empty, in memory only. Leaving the scope ends it. */
export class Redis implements AsyncDisposable {
  readonly port: number
  readonly version: string
  readonly #child: ChildProcessByStdio<null, Readable, null>
  readonly #folder: string

  private constructor(port: number, version: string, child: ChildProcessByStdio<null, Readable, null>, folder: string) {
    this.port = port
    this.version = version
    this.#child = child
    this.#folder = folder
  }

  /** Resolves once it listens; with undefined where redis-server is not installed. */
  static async start(): Promise<Redis | undefined> {
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), 'willcall-bench-'))
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no']
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child, 'spawn')
    } catch (thrown) {
      await rm(folder, { recursive: true })
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
      throw thrown
    }
    let version = ''
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    createInterface({ input: child.stdout }).on('line', (line) => {
      version = /Redis version=([\d.]+)/.exec(line)?.[1] ?? version
      if (line.includes('Ready to accept connections')) resolve()
    })
    child.once('close', () => reject(new Error('redis-server ended before it listened')))
    await promise
    return new Redis(port, version, child, folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill()
    await closed
    await rm(this.#folder, { recursive: true })
  }
}

/** Redis picks no port by itself: for it 0 means none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`there must be a free port, got ${address}`)
  return address.port
}
