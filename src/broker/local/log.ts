import type { Session } from '../../store/sqlite/session.ts'
import { Catalogue } from './catalogue.ts'
import { prepareTopics, type TopicStatements } from './statements.ts'

/** What the store's connection is asked about topics with. */
export interface Log {
  readonly statements: TopicStatements
  readonly catalogue: Catalogue
}

/** A file that is opened again has another session, and nothing that was known of the one before holds. */
const logs = new WeakMap<Session, Log>()

export function logOf(session: Session): Log {
  const known = logs.get(session)
  if (known !== undefined) return known
  const statements = prepareTopics(session.database)
  const log = { statements, catalogue: new Catalogue(session, statements) }
  logs.set(session, log)
  return log
}
