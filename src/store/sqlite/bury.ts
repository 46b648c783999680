import type { DeadReason, Tries } from '../../core/ending.ts'
import { triesText } from './job-row.ts'
import { endOnce } from './once.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

export interface Death {
  readonly tries: Tries
  readonly reason: DeadReason
  readonly error: string
}

/** Puts a job among the dead; whoever calls takes it from where it was. */
export function bury(session: Session, row: JobRow, { tries, reason, error }: Death, now: number): void {
  const { statements, tally } = session
  const { key, sent_at, run_at, once, payload } = row
  statements.addDead.run(key, sent_at, run_at, tries.deaths, triesText(tries), once, payload, now, reason, error)
  tally.dead += 1
  endOnce(session, row, now)
}
