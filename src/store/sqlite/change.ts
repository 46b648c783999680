import { NO_TRIES } from '../../core/ending.ts'
import type { Change, Filter } from '../store.ts'
import { triesIn, triesText } from './job-row.ts'
import { look } from './look.ts'
import { reviveOnce } from './once.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

/** Changes the jobs that fit, the oldest first, and at most so many; answers with how many. */
export function change(session: Session, filter: Filter, what: Change, most: number, now: number): number {
  const { statements, tally } = session
  switch (what.kind) {
    case 'replay': {
      if ((filter.state ?? 'dead') !== 'dead') return 0
      const dead = look(session, { ...filter, state: 'dead' }, { limit: most })
      for (const { row } of dead) replay(session, row, now)
      tally.dead -= dead.length
      tally.waiting += dead.length
      return dead.length
    }
    case 'progress': {
      if ((filter.state ?? 'running') !== 'running') return 0
      const running = look(session, { ...filter, state: 'running' }, { limit: most })
      for (const { row } of running) statements.setProgress.run(what.part, row.key)
      return running.length
    }
    default:
      return what satisfies never
  }
}

/** What is unknown stays unknown: `reconcile` is asked before it runs again. */
function replay(session: Session, row: JobRow, now: number): void {
  const { statements } = session
  const { key, sent_at, once, payload } = row
  const { unknownSince, last } = triesIn(row)
  statements.removeDead.run(key)
  statements.addDue.run(key, sent_at, now, 0, triesText({ ...NO_TRIES, unknownSince, last }), once, payload)
  reviveOnce(session, row, now)
}
