import { triesIn, triesText } from './job-row.ts'
import { endOnce } from './once.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

const DIED = 'its process died while it was in work'

/**
 * Frees the jobs of an owner who died, and takes its row away; answers with how many. Each may have begun, so its outcome is
 * unknown, and a death is counted; one with `maxDeaths` of them is dead.
 */
export function freeOwner(session: Session, owner: number, maxDeaths: number, now: number): number {
  const { statements } = session
  const orphans = statements.ownedJobs.all(owner) as JobRow[]
  let dead = 0
  for (const orphan of orphans) {
    const tries = triesIn(orphan.tries)
    const deaths = tries.deaths + 1
    const since = triesText({ ...tries, deaths, unknownSince: now, last: { kind: 'unknown', error: DIED } })
    if (deaths < maxDeaths) {
      statements.freeJob.run(now, since, orphan.key)
      continue
    }
    const { key, sent_at, run_at, once, payload } = orphan
    statements.removeJob.run(key)
    statements.addDead.run(key, sent_at, run_at, since, once, null, payload, now, 'deaths_used_up', DIED)
    endOnce(session, once, now)
    dead += 1
  }
  statements.removeOwner.run(owner)
  session.count('running', -orphans.length)
  session.count('waiting', orphans.length - dead)
  session.count('dead', dead)
  return orphans.length
}
