import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { LONGEST_MS } from '../child.ts'
import type { ServerEnd, ServerStart } from './listen.ts'

/** A server in a process of its own. Leaving the scope ends the process, whatever happened. */
export class Server implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #closed: Promise<unknown>
  readonly #lines: AsyncIterator<string>

  constructor(file: URL, args: readonly string[] = []) {
    this.#child = spawn(execPath, [fileURLToPath(file), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: LONGEST_MS,
    })
    this.#closed = once(this.#child, 'close')
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Resolves with its port, once it listens. */
  async listening(): Promise<number> {
    return (await this.#next<ServerStart>()).port
  }

  /** Asks it to end, and answers with what it did. */
  async stop(): Promise<ServerEnd> {
    this.#child.stdin.end()
    return this.#next<ServerEnd>()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#closed
  }

  async #next<Line>(): Promise<Line> {
    const { done, value } = await this.#lines.next()
    if (done === true) throw new Error('a server of the benchmark ended too early')
    const line: Line = JSON.parse(value)
    return line
  }
}
