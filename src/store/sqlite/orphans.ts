import type { Tries } from '../../core/ending.ts'
import { events } from '../../core/events.ts'
import { bury } from './bury.ts'
import { jobOf, triesIn, triesText } from './job-row.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

const WHY = {
  died: 'its process died while it was in work',
  closed: 'its store was closed while it was in work',
} as const

interface Freeing {
  readonly owner: number
  /** A death is counted for each of its jobs; a store that was closed leaves them as they are. */
  readonly how: keyof typeof WHY
  /** So many deaths end a job. */
  readonly maxDeaths: number
  readonly now: number
}

/**
 * Frees the jobs of an owner that is no more, and takes its row away; answers with how many. Each may have begun, so what became of
 * it is unknown.
 */
export function freeOwner(session: Session, freeing: Freeing): number {
  const { owner, how, maxDeaths, now } = freeing
  const { statements, tally } = session
  const orphans = statements.ownedJobs.all(owner) as JobRow[]
  for (const orphan of orphans) {
    const deaths = orphan.deaths + (how === 'died' ? 1 : 0)
    const tries = { ...triesIn(orphan), deaths, unknownSince: now, last: { kind: 'unknown', error: WHY[how] } as const }
    if (deaths >= maxDeaths) endByDeaths(session, orphan, tries, freeing)
    else statements.again.run(now, deaths, triesText(tries), orphan.key, owner)
  }
  tally.running -= orphans.length
  tally.waiting += orphans.length
  statements.removeOwner.run(owner)
  session.willRing()
  return orphans.length
}

function endByDeaths(session: Session, orphan: JobRow, tries: Tries, { owner, how, now }: Freeing): void {
  const { statements, tally } = session
  const death = { tries, reason: 'deaths_used_up', error: WHY[how] } as const
  statements.take.run(orphan.key, orphan.key, owner)
  tally.waiting -= 1
  bury(session, orphan, death, now)
  session.onCommit(() => {
    const { id: jobId, task } = jobOf(session, orphan, 'dead')
    const { reason, error } = death
    events['job.dead'].publish({ jobId, task, attempt: tries.attempts + 1, reason, error })
  })
}
