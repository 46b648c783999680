import { WillcallError } from '../../core/errors.ts'
import type { JobId } from '../../core/message.ts'
import type { SqliteDatabase } from '../../core/sqlite-database.ts'
import { isThenable } from '../../core/thenable.ts'
import type { Call, KeptJob, Transactions } from '../store.ts'
import type { Claims } from './claims.ts'
import type { Database } from './file/database.ts'
import { enqueue, type Taker, writtenCall } from './enqueue.ts'
import type { SqliteFile } from './file/file.ts'
import { numberIn } from './job-row.ts'
import { type LentConnections, whole, withNumbers } from './lent.ts'
import { Session } from './session.ts'
import { prepare, type Statements } from './statements.ts'

/** What the caller may undo is nobody's yet. */
const NOBODY: Taker = { ownerFor: () => undefined, took: () => {}, waits: () => {} }

const NOT_TOLD = (): void => {}

export interface SqlTransactionsOptions {
  readonly file: SqliteFile<Session>
  readonly claims: Claims
  readonly lent: LentConnections
  /** Most jobs that wait or run at once. */
  readonly maxPending: number
  /** Called when a transaction of the caller's may have sent something. */
  readonly maySend: () => void
}

/** What is sent and settled in the caller's transactions. */
export class SqlTransactions implements Transactions {
  readonly #options: SqlTransactionsOptions
  /** Of connections of the caller's. */
  readonly #statements = new WeakMap<Database, Statements>()

  constructor(options: SqlTransactionsOptions) {
    this.#options = options
  }

  enqueueIn(connection: SqliteDatabase, call: Call): readonly JobId[] {
    const { file, lent, maySend } = this.#options
    const { database, isOwn } = lent.take(connection, 'sent')
    const statements = isOwn ? file.session.statements : this.#statementsOn(database)
    const ids = whole(database, () => this.#enqueue(new Session(database, statements, NOT_TOLD), call))
    if (!isOwn) maySend()
    return ids
  }

  /** All of it is in the file afterwards: the caller may undo it with a savepoint of its own. */
  #enqueue(session: Session, call: Call): readonly JobId[] {
    session.begin()
    const { waiting, running } = session.tally
    if (waiting + running + call.jobs.length > this.#options.maxPending) throw noRoom(this.#options.maxPending)
    const ids = enqueue(session, writtenCall(call), NOBODY)
    session.end()
    return ids
  }

  #statementsOn(database: Database): Statements {
    const statements = this.#statements.get(database) ?? prepare(withNumbers(database))
    this.#statements.set(database, statements)
    return statements
  }

  async kept(ids: readonly JobId[]): Promise<void> {
    const { file, maySend } = this.#options
    const { session } = file
    const { lastNumber } = session.counted()
    for (const id of ids) if (!(numberIn(session, id) <= lastNumber)) throw notKept(id)
    maySend()
    await file.kept()
  }

  doneWith(job: KeptJob, write: (database: SqliteDatabase) => unknown, now: number): Promise<unknown> {
    const { file, claims, lent } = this.#options
    const done = file.keepAlone((session) => {
      claims.checkOpen(session, job)
      return lent.lendOwn(() => {
        const result = called(() => write(file.database))
        this.#readSent(session)
        if (!file.database.inTransaction) throw unwritable('it has ended the transaction itself')
        if (isThenable(result)) throw asynchronous(result)
        claims.settleIn(session, [{ job, ending: { kind: 'done', result } }], now)
        return result
      })
    })
    return done.catch((error: unknown) => {
      throw error instanceof CallersError ? error.cause : error
    })
  }

  #readSent(session: Session): void {
    const { lastNumber } = session.tally
    session.refresh()
    if (session.tally.lastNumber > lastNumber) session.onCommit(() => this.#options.claims.mayHaveMore())
  }
}

/** What the caller's function threw. Whatever it is, it says nothing of the store's disk. */
class CallersError extends Error {
  override readonly name = 'CallersError'
}

function called<Value>(act: () => Value): Value {
  try {
    return act()
  } catch (cause) {
    throw new CallersError('', { cause })
  }
}

const unwritable = (why: string): WillcallError =>
  new WillcallError('invalid_option', `what was to be written with the end of the job is not kept: ${why}`)

function asynchronous(promise: PromiseLike<unknown>): WillcallError {
  // What it rejects with is of no interest any more.
  promise.then(undefined, () => {})
  return unwritable('it must be synchronous, and gave a promise')
}

const noRoom = (maxPending: number): WillcallError =>
  new WillcallError('no_room', `the messages could not be kept: ${maxPending} jobs wait or run, which is the most`)

const notKept = (id: JobId): WillcallError =>
  new WillcallError('not_kept', `job ${id} is not kept: its transaction was not committed, or it is of another store`, {
    given: id,
  })
