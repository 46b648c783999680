import { WillcallError } from '../../core/errors.ts'
import type { Counts } from '../store.ts'
import { MAX_TASKS } from './keys.ts'
import type { Statements } from './statements.ts'

type Counter = keyof Counts | 'once'

/**
 * What a connection knows of its file beside the statements, and what a transaction has changed of that so far: the numbers given,
 * the tasks named, the jobs counted. Nothing of it is believed before the commit.
 */
export class Session {
  readonly statements: Statements
  /** The first part of every job's id. */
  readonly name: string
  readonly #taskIds = new Map<string, number>()
  readonly #taskNames = new Map<number, string>()
  #lastNumber: number | undefined
  #newTasks: [name: string, id: number][] = []
  readonly #changes = new Map<Counter, number>()

  constructor(statements: Statements) {
    this.statements = statements
    this.name = (statements.nameOfFile.get() as [string])[0]
  }

  /** A transaction begins, or begins anew. */
  begin(): void {
    this.#lastNumber = undefined
    this.#newTasks = []
    this.#changes.clear()
  }

  /** It is about to be committed. */
  end(): void {
    if (this.#lastNumber !== undefined) this.statements.setLastNumber.run(this.#lastNumber)
    for (const [counter, change] of this.#changes) if (change !== 0) this.statements.count.run(change, counter)
  }

  committed(): void {
    for (const [name, id] of this.#newTasks) this.#know(name, id)
  }

  nextNumber(): number {
    this.#lastNumber ??= (this.statements.lastNumber.get() as [number])[0]
    this.#lastNumber += 1
    return this.#lastNumber
  }

  count(counter: Counter, change: number): void {
    this.#changes.set(counter, this.changeOf(counter) + change)
  }

  changeOf(counter: Counter): number {
    return this.#changes.get(counter) ?? 0
  }

  /** As it was before this transaction. */
  counted(): Record<Counter, number> {
    return Object.fromEntries(this.statements.counters.all() as [Counter, number][]) as Record<Counter, number>
  }

  /** The id of a task that may be new. Within a transaction only. */
  taskId(name: string): number {
    const known = this.knownTaskId(name) ?? this.#newTasks.find(([each]) => each === name)?.[1]
    if (known !== undefined) return known
    const [id] = this.statements.addTask.get(name) as [number]
    if (id >= MAX_TASKS) throw tooManyTasks(name)
    this.#newTasks.push([name, id])
    return id
  }

  /** Undefined where no message of this task was ever sent. */
  knownTaskId(name: string): number | undefined {
    const known = this.#taskIds.get(name)
    if (known !== undefined) return known
    this.#readTasks()
    return this.#taskIds.get(name)
  }

  taskName(id: number): string {
    if (!this.#taskNames.has(id)) this.#readTasks()
    return this.#taskNames.get(id) ?? ''
  }

  /** The tasks that messages were sent to, of all processes. */
  taskIds(): readonly number[] {
    this.#readTasks()
    return [...this.#taskNames.keys()]
  }

  /** Those of this transaction are left out: it may yet be undone. */
  #readTasks(): void {
    for (const [id, name] of this.statements.tasks.all() as [number, string][]) {
      if (!this.#newTasks.some(([, each]) => each === id)) this.#know(name, id)
    }
  }

  #know(name: string, id: number): void {
    this.#taskIds.set(name, id)
    this.#taskNames.set(id, name)
  }
}

const tooManyTasks = (name: string): WillcallError =>
  new WillcallError(
    'too_large',
    `no message of the task ${name} can be kept: the file has ${MAX_TASKS} tasks already`,
    {
      given: name,
    },
  )
