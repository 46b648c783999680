import type { Database } from './database.ts'
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

/** One transaction with all these writes; one that throws takes no other with it. Throws where nothing could be committed. */
export function transact<Session extends TransactionListener>(
  database: Database,
  session: Session,
  writes: readonly Write<Session>[],
): readonly End<Session>[] {
  database.exec('begin immediate')
  try {
    session.begin()
    const ends = changesOf(database, session, writes)
    session.end()
    database.exec('commit')
    session.committed()
    return ends
  } catch (error) {
    if (database.inTransaction) database.exec('rollback')
    session.rolledBack()
    throw error
  }
}

/** All of them; where one throws, each again within a savepoint, so that it alone is undone. */
function changesOf<Session extends TransactionListener>(
  database: Database,
  session: Session,
  writes: readonly Write<Session>[],
): readonly End<Session>[] {
  try {
    return writes.map((write) => ({ write, value: write.change(session) }))
  } catch (error) {
    if (isOfDisk(error)) throw error
    if (database.inTransaction) database.exec('rollback')
    session.rolledBack()
    database.exec('begin immediate')
    session.begin()
    // It may have been the caller's: it is not done twice.
    const [only] = writes
    if (writes.length === 1 && only !== undefined) return [{ write: only, error }]
    return writes.map((write) => alone(database, session, write))
  }
}

function alone<Session extends TransactionListener>(
  database: Database,
  session: Session,
  write: Write<Session>,
): End<Session> {
  database.exec('savepoint alone')
  session.save()
  try {
    const value = write.change(session)
    database.exec('release alone')
    session.release()
    return { write, value }
  } catch (error) {
    if (isOfDisk(error)) throw error
    database.exec('rollback to alone')
    database.exec('release alone')
    session.backToSaved()
    return { write, error }
  }
}
