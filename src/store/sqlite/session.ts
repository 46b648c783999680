import type { Database } from './file/database.ts'
import { JobInserts } from './job-inserts.ts'
import type { Statements } from './statements.ts'
import { TaskIds } from './task-ids.ts'
import type { TransactionListener } from './file/writer.ts'

/** What the file has counted, as of a moment. */
export interface Tally {
  /** The number of the job that was sent last. */
  lastNumber: number
  waiting: number
  running: number
  done: number
  doneBytes: number
  dead: number
  once: number
}

const COUNTED = ['lastNumber', 'waiting', 'running', 'done', 'doneBytes', 'dead', 'once'] as const
type TallyRow = [number, number, number, number, number, number, number]

/** How far a transaction had come. */
interface Mark {
  readonly tally: Tally
  readonly undo: number
  readonly acts: number
}

/**
 * What a connection knows of its file beside the statements.
 * 1. Within a transaction `tally` is that of the file, with what the transaction has changed so far; after it, that of the last commit
 * of this connection. 2. What a change has done to memory is undone with it.
 */
export class Session implements TransactionListener {
  readonly database: Database
  readonly #statements: Statements
  readonly #inserts: JobInserts
  readonly tasks: TaskIds
  /** The first part of every job's id. */
  readonly name: string
  tally: Tally
  /** Another number after each point that a transaction may go back to. */
  step = 0
  readonly #ring: () => void
  #began: Tally
  #rings = false
  #undo: (() => void)[] = []
  #acts: (() => void)[] = []
  readonly #marks: Mark[] = []
  #owner: { readonly id: number; readonly isThere: boolean } | undefined

  /** `ring`: called when a transaction was committed that somebody may wait for. */
  constructor(database: Database, statements: Statements, ring: () => void) {
    this.database = database
    this.#statements = statements
    this.#inserts = new JobInserts(statements)
    this.#ring = ring
    this.tasks = new TaskIds(this)
    this.name = (statements.nameOfFile.get() as [string])[0]
    this.tally = this.counted()
    this.#began = this.tally
  }

  /** As the file says now. */
  counted(): Tally {
    const [lastNumber, waiting, running, done, doneBytes, dead, once] = this.statements.tally.get() as TallyRow
    return { lastNumber, waiting, running, done, doneBytes, dead, once }
  }

  /** Changes whenever another connection has committed. */
  version(): number {
    return (this.statements.version.get() as [number])[0]
  }

  /** What others have counted, or another session of this connection. */
  refresh(): void {
    this.tally = this.counted()
  }

  /** What is read is of one moment: another process may move a job from table to table meanwhile. */
  read<Value>(act: () => Value): Value {
    const { beginRead, endRead } = this.statements
    beginRead.run()
    try {
      return act()
    } finally {
      endRead.run()
    }
  }

  /** New jobs are in the file before any other statement is run. */
  get statements(): Statements {
    if (!this.#inserts.isEmpty) this.#inserts.flush()
    return this.#statements
  }

  get inserts(): JobInserts {
    return this.#inserts
  }

  begin(): void {
    this.step += 1
    this.#owner = undefined
    this.tally = this.counted()
    this.#began = { ...this.tally }
  }

  end(): void {
    this.#inserts.flush()
    if (COUNTED.every((name) => this.tally[name] === this.#began[name])) return
    const { lastNumber, waiting, running, done, doneBytes, dead, once } = this.tally
    this.statements.setTally.run(lastNumber, waiting, running, done, doneBytes, dead, once)
  }

  committed(): void {
    const acts = this.#acts
    this.#undo = []
    this.#acts = []
    for (const act of acts) act()
    if (this.#rings) this.#ring()
    this.#rings = false
  }

  /** Within a transaction: the bell rings once it is committed. */
  willRing(): void {
    this.#rings = true
  }

  rolledBack(): void {
    this.tally = { ...this.#began }
    this.#back(0, 0)
  }

  save(): void {
    this.step += 1
    this.#inserts.flush()
    this.#marks.push({ tally: { ...this.tally }, undo: this.#undo.length, acts: this.#acts.length })
  }

  release(): void {
    this.step += 1
    this.#inserts.flush()
    this.#marks.pop()
  }

  backToSaved(): void {
    const { tally, undo, acts } = this.#marks.pop() as Mark
    this.tally = tally
    this.#back(undo, acts)
  }

  #back(undo: number, acts: number): void {
    this.step += 1
    this.#inserts.drop()
    for (const act of this.#undo.splice(undo).toReversed()) act()
    this.#acts.length = acts
  }

  /** Within a transaction: what is done to memory when it, or the change, is undone. */
  onUndo(act: () => void): void {
    this.#undo.push(act)
  }

  /** Within a transaction: what is done once it is committed. */
  onCommit(act: () => void): void {
    this.#acts.push(act)
  }

  /** Within a transaction: whether this owner still is one. Who has freed its jobs has taken its row away. */
  isOwner(id: number): boolean {
    if (this.#owner?.id !== id) this.#owner = { id, isThere: this.statements.owner.get(id) !== undefined }
    return this.#owner.isThere
  }

  nextNumber(): number {
    this.tally.lastNumber += 1
    return this.tally.lastNumber
  }
}
