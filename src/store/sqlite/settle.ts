import type { Ending } from '../../core/ending.ts'
import type { Settlement } from '../store.ts'
import { bury } from './bury.ts'
import { DoneJobs } from './done.ts'
import { type ClaimedJob, triesText } from './job-row.ts'
import { rangesOf } from './keys.ts'
import { endOnce } from './once.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'
import { endCall, giveBackCall } from './tokens.ts'
import type { Window } from './window.ts'

type Again = Extract<Ending, { readonly at: number }>

/** Whose jobs are settled, and when. */
interface Settling {
  readonly owner: number
  readonly window: Window
  readonly now: number
}

/**
 * Writes how attempts ended, each job's once. What others have freed since is not this owner's any more: nothing is written of it.
 * What a failed disk has lost before it was kept is done, or tried again later, all the same. Answers with how many rows `done` has more.
 */
export function settle(session: Session, settlements: readonly Settlement[], settling: Settling): number {
  const { owner, window, now } = settling
  const done = new DoneJobs(session, now)
  const gone: number[] = []
  const closed: ClaimedJob[] = []
  session.onUndo(() => {
    for (const job of closed) job.isOpen = true
  })
  for (const settlement of settlements) {
    const { ending } = settlement
    const job = settlement.job as ClaimedJob
    if (!job.isOpen || job.owner !== owner) continue
    job.isOpen = false
    closed.push(job)
    settleToken(session, job, ending, settling)
    const { row } = job
    switch (ending.kind) {
      case 'done':
        gone.push(row.key)
        done.add(row, ending.result)
        if (row.once !== null) endOnce(session, row, now)
        break
      case 'dead':
        gone.push(row.key)
        bury(session, row, ending, now)
        break
      case 'retry':
      case 'snoozed':
      case 'unknown':
        if (ending.at <= now) again(session, job, ending, window)
        else {
          gone.push(row.key)
          delay(session, row, ending)
          window.waits(job.task, ending.at, now)
        }
        break
      default:
        ending satisfies never
    }
  }
  done.keep()
  for (const [first, last] of rangesOf(gone)) {
    session.tally.running -= session.statements.take.run(first, last, owner).changes
  }
  return done.rows
}

/** A job that is given back as it was has made no call. */
function settleToken(session: Session, { token, tries }: ClaimedJob, ending: Ending, settling: Settling): void {
  if (token === undefined) return
  const { window, now } = settling
  const isUntouched = ending.kind === 'snoozed' && ending.tries === tries
  if (isUntouched) giveBackCall(session, token)
  window.mayTake(token.upstream, isUntouched ? now : endCall(session, token, now))
}

/** Due at once, behind those that wait. */
function again({ statements, tally }: Session, { task, owner, row }: ClaimedJob, ending: Again, window: Window): void {
  const { tries, at } = ending
  const { changes } = statements.again.run(at, tries.deaths, triesText(tries), row.key, owner)
  tally.running -= changes
  tally.waiting += changes
  window.of(task).putBehind(row.key)
  window.waits(task, at, at)
}

function delay({ statements, tally }: Session, { key, sent_at, once, payload }: JobRow, { tries, at }: Again): void {
  statements.addLater.run(key, sent_at, at, tries.deaths, triesText(tries), once, payload)
  tally.waiting += 1
}
