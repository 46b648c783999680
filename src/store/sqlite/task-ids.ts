import { WillcallError } from '../../core/errors.ts'
import { MAX_TASKS } from './keys.ts'
import type { Statements } from './statements.ts'

/** The transaction that names are given in. */
interface Naming {
  readonly statements: Pick<Statements, 'tasks' | 'addTask'>
  onUndo(act: () => void): void
}

/** The numbers that stand for the names of tasks in this file. They are given once and never change. */
export class TaskIds {
  readonly #naming: Naming
  readonly #ids = new Map<string, number>()
  readonly #names = new Map<number, string>()

  constructor(naming: Naming) {
    this.#naming = naming
  }

  /** The id of a task that may be new. Within a transaction only. */
  idOf(name: string): number {
    const known = this.known(name)
    if (known !== undefined) return known
    const [id] = this.#naming.statements.addTask.get(name) as [number]
    if (id >= MAX_TASKS) throw tooManyTasks(name)
    this.#know(name, id)
    this.#naming.onUndo(() => this.#forget(name, id))
    return id
  }

  /** Undefined where no message of this task was ever sent. */
  known(name: string): number | undefined {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    this.#read()
    return this.#ids.get(name)
  }

  nameOf(id: number): string {
    if (!this.#names.has(id)) this.#read()
    return this.#names.get(id) ?? ''
  }

  /** The tasks that messages were sent to, of all processes. */
  all(): readonly number[] {
    this.#read()
    return [...this.#names.keys()]
  }

  #read(): void {
    for (const [id, name] of this.#naming.statements.tasks.all() as [number, string][]) this.#know(name, id)
  }

  #know(name: string, id: number): void {
    this.#ids.set(name, id)
    this.#names.set(id, name)
  }

  #forget(name: string, id: number): void {
    this.#ids.delete(name)
    this.#names.delete(id)
  }
}

const tooManyTasks = (name: string): WillcallError =>
  new WillcallError(
    'too_large',
    `no message of the task ${name} can be kept: the file has ${MAX_TASKS} tasks already`,
    { given: name },
  )
