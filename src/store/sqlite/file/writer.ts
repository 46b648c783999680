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

/** How a change is written. */
export interface How {
  /** `soon`: it waits for a sync that others wait for, and joins what that lets go on. */
  readonly when: 'now' | 'soon'
  readonly isKept: boolean
  /** Whether it must be a transaction of its own: it is the caller's, and may do anything. */
  readonly isAlone: boolean
}

/** A change that waits for the transaction of its turn. */
export interface Write<Session> {
  readonly change: (session: Session) => unknown
  readonly how: How
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** How it ended in the last transaction: with what the change returned, or threw. */
  value: unknown
  hasThrown: boolean
}

/** The writes of the next transaction. */
export function nextOf<Session>(writes: readonly Write<Session>[]): readonly Write<Session>[] {
  if (writes[0]?.how.isAlone === true) return writes.slice(0, 1)
  const first = writes.findIndex(({ how }) => how.isAlone)
  // Others, for what is written while this one is committed is in none.
  return first === -1 ? [...writes] : writes.slice(0, first)
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

  /**
   * One transaction with all these writes: each knows how it ended then. One that throws takes no other with it. Throws
   * where nothing could be committed.
   */
  write(writes: readonly Write<Session>[]): void {
    this.#begin.run()
    try {
      this.#session.begin()
      this.#change(writes)
      this.#session.end()
      this.#commit.run()
      this.#session.committed()
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('rollback')
      this.#session.rolledBack()
      throw error
    }
  }

  /** All of them; where one throws, each again within a savepoint, so that it alone is undone. */
  #change(writes: readonly Write<Session>[]): void {
    try {
      for (const write of writes) {
        write.hasThrown = false
        write.value = write.change(this.#session)
      }
    } catch (error) {
      if (isOfDisk(error)) throw error
      if (this.#database.inTransaction) this.#database.exec('rollback')
      this.#session.rolledBack()
      this.#begin.run()
      this.#session.begin()
      // It may have been the caller's: it is not done twice.
      const [only] = writes
      if (writes.length === 1 && only !== undefined) threw(only, error)
      else for (const write of writes) this.#alone(write)
    }
  }

  #alone(write: Write<Session>): void {
    this.#database.exec('savepoint alone')
    this.#session.save()
    try {
      write.hasThrown = false
      write.value = write.change(this.#session)
      this.#session.release()
      this.#database.exec('release alone')
    } catch (error) {
      if (isOfDisk(error)) throw error
      this.#database.exec('rollback to alone')
      this.#database.exec('release alone')
      this.#session.backToSaved()
      threw(write, error)
    }
  }
}

function threw<Session>(write: Write<Session>, error: unknown): void {
  write.hasThrown = true
  write.value = error
}
