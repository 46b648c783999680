import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { MemberFact, MemberOrder, MemberProcess } from '../../../src/testing/broker-case.ts'
import type { ProcessOrder } from './member.ts'

/** A process that lives longer is ended, so that nothing hangs. */
const LONGEST_MS = 120_000

/** A member of a group, on a file, in a process of its own. */
export class LocalMember implements MemberProcess {
  readonly facts: MemberFact[] = []
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<unknown>

  constructor(path: string, member: MemberOrder) {
    const order: ProcessOrder = { path, member }
    const program = fileURLToPath(new URL('member.ts', import.meta.url))
    const limits = { timeout: LONGEST_MS, killSignal: 'SIGKILL' } as const
    this.#process = spawn(process.execPath, [program, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...limits,
    })
    this.#process.stdin.on('error', () => {})
    const lines = createInterface({ input: this.#process.stdout })
    lines.on('line', (line) => void this.facts.push(JSON.parse(line) as MemberFact))
    this.#ended = Promise.all([once(this.#process, 'close'), once(lines, 'close')])
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#ended
  }

  async ended(): Promise<void> {
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
