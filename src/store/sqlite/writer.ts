import type { Database, Statement } from './database.ts'
import { isOfDisk } from './disk-error.ts'

/** What a change is made with: what was prepared for a connection. It is told of each transaction. */
export interface TransactionListener {
  /** One begins, or begins anew. */
  begin(): void
  /** It is about to be committed. */
  end(): void
  committed(): void
  /** Nothing of it has happened. */
  rolledBack(): void
  /** What follows may be undone alone. */
  save(): void
  /** It was not. */
  release(): void
  /** It was. */
  backToSaved(): void
}

/** A change that waits for the transaction of its turn. */
export interface Write<Session> {
  readonly change: (session: Session) => unknown
  /** `soon`: it waits for a sync that is under way, and joins what that lets go on. */
  readonly when: 'now' | 'soon'
  readonly isKept: boolean
  /** Whether it must be a transaction of its own: it is the caller's, and may do anything. */
  readonly isAlone: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** How a write ended in its transaction. */
export type End<Session> =
  | { readonly write: Write<Session>; readonly value: unknown }
  | { readonly write: Write<Session>; readonly error: unknown }

/** The writes of the next transaction. */
export function nextOf<Session>(writes: readonly Write<Session>[]): readonly Write<Session>[] {
  if (writes[0]?.isAlone === true) return writes.slice(0, 1)
  const first = writes.findIndex(({ isAlone }) => isAlone)
  return first === -1 ? writes : writes.slice(0, first)
}

/** Makes the transactions of one connection. */
export class Writer<Session extends TransactionListener> {
  readonly #database: Database
  readonly #session: Session
  readonly #begin: Statement
  readonly #commit: Statement

  constructor(database: Database, session: Session) {
    this.#database = database
    this.#session = session
    this.#begin = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
  }

  /** One transaction with all these writes; one that throws takes no other with it. Throws where nothing could be committed. */
  write(writes: readonly Write<Session>[]): readonly End<Session>[] {
    this.#begin.run()
    try {
      this.#session.begin()
      const ends = this.#changesOf(writes)
      this.#session.end()
      this.#commit.run()
      this.#session.committed()
      return ends
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('rollback')
      this.#session.rolledBack()
      throw error
    }
  }

  /** All of them; where one throws, each again within a savepoint, so that it alone is undone. */
  #changesOf(writes: readonly Write<Session>[]): readonly End<Session>[] {
    try {
      return writes.map((write) => ({ write, value: write.change(this.#session) }))
    } catch (error) {
      if (isOfDisk(error)) throw error
      if (this.#database.inTransaction) this.#database.exec('rollback')
      this.#session.rolledBack()
      this.#begin.run()
      this.#session.begin()
      // It may have been the caller's: it is not done twice.
      const [only] = writes
      if (writes.length === 1 && only !== undefined) return [{ write: only, error }]
      return writes.map((write) => this.#alone(write))
    }
  }

  #alone(write: Write<Session>): End<Session> {
    this.#database.exec('savepoint alone')
    this.#session.save()
    try {
      const value = write.change(this.#session)
      this.#database.exec('release alone')
      this.#session.release()
      return { write, value }
    } catch (error) {
      if (isOfDisk(error)) throw error
      this.#database.exec('rollback to alone')
      this.#database.exec('release alone')
      this.#session.backToSaved()
      return { write, error }
    }
  }
}
