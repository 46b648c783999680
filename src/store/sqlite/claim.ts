import { takeInTurn } from '../ready-jobs.ts'
import type { Claimed, ClaimQuery } from '../store.ts'
import { type Claim, type ClaimedJob, jobOf } from './job-row.ts'
import { rangeOfTask } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

/** Jobs that become due in one claim. */
const MAX_DUE = 1_000

/** Takes jobs that are due into work. */
export function claim(session: Session, { places, room, now }: ClaimQuery, by: Claim): Claimed {
  const { statements } = session
  moveDue(session, now)
  const sources = room.map(({ task, places: most, shared }) => {
    const id = session.knownTaskId(task)
    const limit = Math.min(most, places, shared?.places ?? places)
    return { ready: id === undefined ? undefined : new Ready(session, id, limit), most, shared }
  })
  const rows = takeInTurn(sources, places)
  for (const { key } of rows) statements.claim.run(by.owner, by.claim, key)
  session.count('waiting', -rows.length)
  session.count('running', rows.length)
  const [nextAt] = statements.nextDue.get() as [number | null]
  return { jobs: rows.map((row) => claimed(session, row, by)), nextAt: nextAt ?? undefined }
}

/** The jobs of one task that may be claimed, in order. */
class Ready {
  readonly #rows: Iterator<JobRow>

  constructor({ statements }: Session, task: number, limit: number) {
    const { first, end } = rangeOfTask(task)
    this.#rows = (statements.claimable.all(first, end, limit) as JobRow[]).values()
  }

  take(): JobRow | undefined {
    const { done, value } = this.#rows.next()
    return done === true ? undefined : value
  }
}

const claimed = (session: Session, row: JobRow, by: Claim): ClaimedJob => ({
  ...jobOf(session, { ...row, progress: null }, 'running'),
  row,
  claim: by,
})

/** A bounded number of them: what is due and left over makes the next claim due at once. */
function moveDue({ statements }: Session, now: number): void {
  for (const due of statements.due.all(now, MAX_DUE) as JobRow[]) {
    const { key, sent_at, run_at, tries, once, payload } = due
    statements.addDue.run(key, sent_at, run_at, tries, once, payload)
  }
}
