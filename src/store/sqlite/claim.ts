import type { Moment } from '../../core/clock.ts'
import { takeInTurn } from '../ready-jobs.ts'
import type { ClaimQuery, Room, UpstreamRoom } from '../store.ts'
import { type ClaimedJob, claimedJob } from './job-row.ts'
import { priorityOf, rangeOfTask, rangesOf, taskOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow, Statements } from './statements.ts'
import { Tokens } from './tokens.ts'
import type { Window } from './window.ts'

/** Jobs that become due in one claim. */
const MAX_DUE = 1_000

/** Whose jobs they are from now on. */
interface Claimer {
  readonly owner: number
  readonly window: Window
  readonly at: Moment
}

/** What may be claimed for an upstream. */
interface Share extends UpstreamRoom {
  readonly tokens: Tokens | undefined
}

/** Takes due jobs for this window, as many as it has room for. */
export function claim(session: Session, query: ClaimQuery, claimer: Claimer): readonly ClaimedJob[] {
  const { owner, window } = claimer
  const { statements, tally } = session
  session.onUndo(() => window.mayHaveMore())
  window.nextAt = moveDue(session, window, query.now)
  const shares = sharesOf(session, query, claimer)
  const jobs = rowsFor(session, query, window, shares).map((row) => claimedJob(session, row, owner))
  takeTokens(jobs, query, window, shares)
  for (const [first, last] of rangesOf(jobs.map(({ row }) => row.key))) statements.claim.run(owner, first, last)
  tally.waiting -= jobs.length
  tally.running += jobs.length
  for (const job of jobs) window.expect(job)
  session.onUndo(() => window.drop(jobs))
  return jobs
}

type Shares = ReadonlyMap<string, Share>

/** What is in the window already takes of what the tasks share. */
function sharesOf(session: Session, { room }: ClaimQuery, { window, at }: Claimer): Shares {
  const shares = new Map<string, Share>()
  for (const { shared } of room) {
    if (shared === undefined || shares.has(shared.upstream)) continue
    const { upstream, rate } = shared
    const places = shared.places - window.sizeOf(room.filter((each) => each.shared?.upstream === upstream))
    const tokens = rate === undefined || places <= 0 ? undefined : new Tokens(session, { upstream, rate }, at)
    shares.set(upstream, { upstream, places: Math.min(places, tokens?.free ?? places), tokens })
  }
  return shares
}

function takeTokens(jobs: readonly ClaimedJob[], { room }: ClaimQuery, window: Window, shares: Shares): void {
  if (shares.size === 0) return
  const shareOf = new Map(room.map(({ task, shared }) => [task, shared && shares.get(shared.upstream)]))
  for (const job of jobs) job.token = shareOf.get(job.task)?.tokens?.take()
  for (const { upstream, tokens } of shares.values()) {
    tokens?.keepCount()
    if (tokens?.free === 0) window.full(upstream, tokens.freeAt())
    else window.notFull(upstream)
  }
}

function rowsFor(session: Session, query: ClaimQuery, window: Window, shares: Shares): readonly JobRow[] {
  const { room, places } = query
  const died = window.mayTakeDied ? diedFirst(session, room) : undefined
  const sources = room.map(({ task: name, places: most, shared: sharedRoom }) => {
    const task = window.of(name)
    const shared = sharedRoom && shares.get(sharedRoom.upstream)
    const limit = Math.max(0, Math.min(task.room, most + task.ahead, shared?.places ?? task.room))
    const rows = readyOf(session, name, limit, window, died)
    task.isDrained = rows.length < limit
    return { ready: { take: () => rows.shift() }, task, rows, most, shared }
  })
  const now = takeInTurn(sources, places)
  const ahead = sources.flatMap(({ task, rows }) => rows.splice(0, task.ahead))
  for (const { task, rows } of sources) if (rows.length > 0) task.isDrained = false
  return [...now, ...ahead]
}

function readyOf(session: Session, name: string, limit: number, window: Window, died: JobRow | undefined): JobRow[] {
  const id = session.tasks.known(name)
  if (id === undefined || limit === 0) return []
  const { first, end } = rangeOfTask(id)
  const { behind } = window.of(name)
  const rows = session.statements.claimable.all(first, end, limit + behind.size) as JobRow[]
  if (behind.size > 0) {
    // What is not among all that wait was taken by others.
    if (rows.length < limit + behind.size) forget(behind, rows)
    rows.sort((a, b) => priorityOf(b.key) - priorityOf(a.key) || Number(behind.has(a.key)) - Number(behind.has(b.key)))
  }
  if (died !== undefined && taskOf(died.key) === id) rows.unshift(died)
  return rows.slice(0, limit)
}

function forget(behind: Set<number>, rows: readonly JobRow[]): void {
  const waiting = new Set(rows.map(({ key }) => key))
  for (const key of behind) if (!waiting.has(key)) behind.delete(key)
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

/** A bounded number of them: what is due and left over makes the next claim due at once. Answers with when the next one is due. */
function moveDue({ statements }: Session, window: Window, now: number): number | undefined {
  const nextAt = nextDue(statements)
  if (nextAt === undefined || nextAt > now) return nextAt
  for (const due of statements.due.all(now, MAX_DUE) as JobRow[]) {
    const { key, sent_at, run_at, deaths, tries, once, payload } = due
    statements.addDue.run(key, sent_at, run_at, deaths, tries, once, payload)
  }
  window.mayHaveMore()
  return nextDue(statements)
}

const nextDue = (statements: Statements): number | undefined =>
  (statements.nextDue.get() as [number | null])[0] ?? undefined
