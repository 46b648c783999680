import type { Ending } from '../../core/ending.ts'
import type { Settlement } from '../store.ts'
import { type ClaimedJob, triesText } from './job-row.ts'
import { endOnce } from './once.ts'
import type { Session } from './session.ts'

/** Done jobs that are forgotten at once. */
const MAX_FORGOTTEN = 1_000

export interface Retention {
  /** How long done jobs are kept. */
  readonly doneForMs: number
  /** How many of them at most. */
  readonly maxDone: number
}

/** Writes how attempts ended; what another owner has claimed since is not theirs any more. */
export function settle(session: Session, settlements: readonly Settlement[], now: number): void {
  for (const { job, ending } of settlements) settleOne(session, job as ClaimedJob, ending, now)
}

function settleOne(session: Session, job: ClaimedJob, ending: Ending, now: number): void {
  const { statements } = session
  const { row } = job
  const { owner, claim } = job.claim
  const { key, sent_at, run_at, once, payload } = row
  switch (ending.kind) {
    case 'done': {
      if (statements.take.run(key, owner, claim).changes === 0) return
      const result = ending.result === undefined ? null : JSON.stringify(ending.result)
      statements.addDone.run(key, sent_at, run_at, row.tries, null, payload, now, result)
      endOnce(session, once, now)
      session.count('done', 1)
      break
    }
    case 'dead': {
      if (statements.take.run(key, owner, claim).changes === 0) return
      const { tries, reason, error } = ending
      statements.addDead.run(key, sent_at, run_at, triesText(tries), once, null, payload, now, reason, error)
      endOnce(session, once, now)
      session.count('dead', 1)
      break
    }
    case 'retry':
    case 'snoozed':
    case 'unknown': {
      const tries = triesText(ending.tries)
      if (ending.at <= now) {
        if (statements.again.run(ending.at, tries, key, owner, claim).changes === 0) return
      } else {
        if (statements.take.run(key, owner, claim).changes === 0) return
        statements.addLater.run(key, sent_at, ending.at, tries, once, payload)
      }
      session.count('waiting', 1)
      break
    }
    default:
      ending satisfies never
  }
  session.count('running', -1)
}

/** Forgets done jobs that are too old, or too many. A bounded number of them: the rest at the next time. */
export function forgetDone(session: Session, { doneForMs, maxDone }: Retention, now: number): void {
  const { statements } = session
  const old = statements.forgetDone.run(now - doneForMs, MAX_FORGOTTEN).changes
  const surplus = Math.min(MAX_FORGOTTEN, session.counted().done + session.changeOf('done') - old - maxDone)
  const more = surplus > 0 ? statements.forgetOldestDone.run(surplus).changes : 0
  session.count('done', -old - more)
}
