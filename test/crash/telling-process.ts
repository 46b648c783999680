import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/index.ts'
import { until } from './until.ts'
import type { Fact, FactName } from './processes/tell.ts'

export interface ToldFact extends Fact {
  /** When it was heard, by `systemClock.elapsed()`. */
  readonly atMs: number
}

export interface TellingProcessOptions {
  readonly through?: readonly string[]
  readonly longestMs?: number
}

/** A process that lives longer is ended, so that nothing hangs. */
const LONGEST_MS = 55_000

/** A real process that tells what it does, in a line for each fact. It dies with the test at the latest. */
export class TellingProcess implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #closed: Promise<unknown>
  #hasClosed = false
  #news = Promise.withResolvers<void>()
  /** All that it has told. */
  readonly facts: ToldFact[] = []
  readonly #values = new Map<FactName, unknown[]>()

  /** `program`: a file of the folder `processes`. `through`: what starts it, where it is not started by itself. */
  constructor(program: string, order: object, { through = [], longestMs = LONGEST_MS }: TellingProcessOptions = {}) {
    const file = fileURLToPath(new URL(`processes/${program}`, import.meta.url))
    const [command, ...args] = [...through, process.execPath, file, JSON.stringify(order)]
    const limits = { timeout: longestMs, killSignal: 'SIGKILL' } as const
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...limits })
    const lines = createInterface({ input: this.#process.stdout })
    lines.on('line', (line) => {
      this.#hear(JSON.parse(line) as Fact)
    })
    this.#process.stdin.on('error', () => {})
    this.#closed = Promise.all([once(this.#process, 'close'), once(lines, 'close')]).then(() => {
      this.#hasClosed = true
      this.#tellOn()
    })
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  #hear(fact: Fact): void {
    this.facts.push({ ...fact, atMs: systemClock.elapsed() })
    const values = this.#values.get(fact.fact) ?? []
    values.push(fact.value)
    this.#values.set(fact.fact, values)
    this.#tellOn()
  }

  #tellOn(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  /** The values of all facts of this name. */
  valuesOf(name: FactName): readonly unknown[] {
    return this.#values.get(name) ?? []
  }

  /** Resolves once it has told `count` facts of this name. */
  async told(name: FactName, count = 1): Promise<void> {
    while (this.valuesOf(name).length < count) {
      if (this.#hasClosed) throw new Error(`the process has ended, and told ${name} fewer than ${count} times`)
      await this.#news.promise
    }
  }

  /** What it waits for. */
  go(): void {
    this.#process.stdin.write('go\n')
  }

  /** Resolves when it stands still. Only on Linux. */
  async pause(): Promise<void> {
    this.#process.kill('SIGSTOP')
    await until(() => readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8').includes(') T '))
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  terminate(): void {
    this.#process.kill('SIGTERM')
  }

  /** As `kill -9`: it can do nothing more, and all that it has told is heard. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#closed
  }

  /** Resolves with its exit code, or the signal that has ended it. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    await this.#closed
    return this.#process.exitCode ?? this.#process.signalCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
