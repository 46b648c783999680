import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { until } from '../../worker/running.ts'

export interface ChildOptions {
  readonly execArgv?: readonly string[]
  /** What starts it in the place of Node. */
  readonly execPath?: string
}

/** A real process, which dies with the test at the latest. */
export class Child<Fact extends Serializable> implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  /** All that it has told. */
  readonly facts: Fact[] = []

  /** `program`: a file beside this one. */
  constructor(
    program: string,
    args: readonly string[],
    { execArgv = [], execPath = process.execPath }: ChildOptions = {},
  ) {
    const file = new URL(program, import.meta.url)
    this.#process = fork(file, args, {
      execArgv: [...execArgv],
      execPath,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process.on('message', (fact) => this.facts.push(fact as Fact))
    this.#exited = once(this.#process, 'exit')
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  send(message: Serializable): void {
    this.#process.send(message)
  }

  /** Sends a message, and resolves with the answer. */
  async ask(message: Serializable): Promise<Fact | undefined> {
    const answer = this.facts.length
    this.send(message)
    await this.told(() => this.facts.length > answer)
    return this.facts[answer]
  }

  async told(isEnough: (facts: readonly Fact[]) => boolean): Promise<void> {
    await until(() => isEnough(this.facts) || this.#hasEnded)
    if (!isEnough(this.facts)) throw new Error('the child ended and had not told enough')
  }

  /** Resolves when it stands still. Only on Linux. */
  async pause(): Promise<void> {
    this.#process.kill('SIGSTOP')
    await until(() => readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8').includes(') T '))
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  /** As `kill -9`: it can do nothing more. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  /** Resolves with its exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exited
    return this.#process.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
