import { takeInTurn } from '../ready-jobs.ts'
import type { ClaimQuery, Room } from '../store.ts'
import { type ClaimedJob, claimedJob } from './job-row.ts'
import { priorityOf, rangeOfTask, taskOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'
import type { Window } from './window.ts'

/** Jobs that become due in one claim. */
const MAX_DUE = 1_000

/** Takes due jobs for this window, as many as it has room for. */
export function claim(session: Session, query: ClaimQuery, window: Window, owner: number): readonly ClaimedJob[] {
  const { statements, tally } = session
  session.onUndo(() => window.mayHaveMore())
  moveDue(session, window, query.now)
  const jobs = rowsFor(session, query, window).map((row) => claimedJob(session, row, owner))
  if (jobs.length > 0) statements.claim.run(owner, JSON.stringify(jobs.map(({ row }) => row.key)))
  tally.waiting -= jobs.length
  tally.running += jobs.length
  for (const job of jobs) window.expect(job)
  session.onUndo(() => window.drop(jobs))
  const [nextAt] = statements.nextDue.get() as [number | null]
  window.nextAt = nextAt ?? undefined
  return jobs
}

function rowsFor(session: Session, { room, places }: ClaimQuery, window: Window): readonly JobRow[] {
  const died = window.mayTakeDied ? diedFirst(session, room) : undefined
  const sources = room.map(({ task: name, places: most, shared }) => {
    const task = window.of(name)
    const limit = Math.max(0, Math.min(task.room, most + task.ahead))
    const rows = readyOf(session, name, limit, window, died)
    task.isDrained = rows.length < limit
    return { ready: { take: () => rows.shift() }, task, rows, most, shared: shared && lessOf(shared, room, window) }
  })
  const now = takeInTurn(sources, places)
  const ahead = sources.flatMap(({ task, rows }) => rows.splice(0, task.ahead))
  for (const { task, rows } of sources) if (rows.length > 0) task.isDrained = false
  return [...now, ...ahead]
}

/** What is in the window already takes of what the tasks share. */
function lessOf(shared: NonNullable<Room['shared']>, room: readonly Room[], window: Window): Room['shared'] {
  const sharing = room.filter((each) => each.shared?.upstream === shared.upstream)
  return { ...shared, places: shared.places - window.sizeOf(sharing) }
}

function readyOf(session: Session, name: string, limit: number, window: Window, died: JobRow | undefined): JobRow[] {
  const id = session.tasks.known(name)
  if (id === undefined || limit === 0) return []
  const { first, end } = rangeOfTask(id)
  const { behind } = window.of(name)
  const rows = session.statements.claimable.all(first, end, limit + behind.size) as JobRow[]
  if (behind.size > 0) {
    rows.sort((a, b) => priorityOf(b.key) - priorityOf(a.key) || Number(behind.has(a.key)) - Number(behind.has(b.key)))
  }
  if (died !== undefined && taskOf(died.key) === id) rows.unshift(died)
  return rows.slice(0, limit)
}

/** One job whose owner has died, of the first of the tasks that has any. */
function diedFirst(session: Session, room: readonly Room[]): JobRow | undefined {
  for (const { task } of room) {
    const id = session.tasks.known(task)
    if (id === undefined) continue
    const { first, end } = rangeOfTask(id)
    const row = session.statements.claimableDied.get(first, end) as JobRow | undefined
    if (row !== undefined) return row
  }
  return undefined
}

/** A bounded number of them: what is due and left over makes the next claim due at once. */
function moveDue({ statements }: Session, window: Window, now: number): void {
  for (const due of statements.due.all(now, MAX_DUE) as JobRow[]) {
    const { key, sent_at, run_at, deaths, tries, once, payload } = due
    statements.addDue.run(key, sent_at, run_at, deaths, tries, once, payload)
  }
  window.mayHaveMore()
}
