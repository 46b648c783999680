import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Ack, acksIn, type Refusal, refusalsIn } from '../acks.ts'
import type { LoadOrder } from '../load.ts'

const PROGRAM = fileURLToPath(new URL('../load-program.ts', import.meta.url))

const PIPE = 3

export interface Told {
  readonly acks: readonly Ack[]
  readonly refusals: readonly Refusal[]
}

/** A process that sends to a store and tells what was acknowledged: to the memory of this one, not to a disk. */
export class LoadChild implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #closed: Promise<unknown>
  /** Resolves when its store is about to be opened, or it has ended. */
  readonly opening: Promise<unknown>
  /** Resolves when the first message was acknowledged, or it has ended. */
  readonly acknowledging: Promise<unknown>
  #told = ''

  constructor(order: LoadOrder) {
    // Not told by the terminal to stop: it belongs to this process alone.
    this.#process = spawn(execPath, [PROGRAM, JSON.stringify(order)], {
      stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
      detached: true,
    })
    this.#process.stdin?.on('error', () => {})
    this.#closed = once(this.#process, 'close')
    const pipe = this.#process.stdio[PIPE] as Readable
    pipe.setEncoding('utf8').on('data', (text: string) => (this.#told += text))
    this.opening = Promise.race([once(pipe, 'data'), this.#closed])
    this.acknowledging = Promise.race([this.#acknowledged(pipe), this.#closed])
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  async #acknowledged(pipe: Readable): Promise<void> {
    while (acksIn(this.#told).length === 0) await once(pipe, 'data')
  }

  /** As `kill -9`; resolves with all that it has told. */
  async kill(): Promise<Told> {
    this.#process.kill('SIGKILL')
    await this.#closed
    return { acks: acksIn(this.#told), refusals: refusalsIn(this.#told) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
