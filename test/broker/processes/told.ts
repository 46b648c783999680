import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process that lives longer is ended, so that nothing hangs. */
const LONGEST_MS = 300_000

/** A program of this folder in a process of its own, and what it tells in a line of JSON each. */
export class Told<Fact> implements AsyncDisposable {
  readonly pid: number
  /** All that it has told. */
  readonly facts: Fact[] = []
  readonly #kill: (signal: NodeJS.Signals) => void
  readonly #ended: Promise<unknown>

  constructor(program: string, order: object) {
    const file = fileURLToPath(new URL(program, import.meta.url))
    const child = spawn(process.execPath, [file, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    })
    child.stdin.on('error', () => {})
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => void this.facts.push(JSON.parse(line) as Fact))
    this.pid = child.pid ?? Number.NaN
    this.#kill = (signal) => void child.kill(signal)
    this.#ended = Promise.all([once(child, 'close'), once(lines, 'close')])
  }

  /** As `kill -9`: it can do nothing more, and all that it has told is heard. */
  async kill(): Promise<void> {
    this.#kill('SIGKILL')
    await this.#ended
  }

  /** By SIGTERM. */
  async stop(): Promise<void> {
    this.#kill('SIGTERM')
    await this.#ended
  }

  async ended(): Promise<void> {
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
