import type { JobState } from '../../core/job.ts'
import type { JobId } from '../../core/message.ts'
import type { Filter, KeptJob, Page } from '../store.ts'
import { jobOf, numberIn } from './job-row.ts'
import { keysOfNumber, lanesOfTask, numberOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

interface Found {
  readonly row: JobRow
  readonly state: JobState
}

const STATES: readonly JobState[] = ['waiting', 'running', 'done', 'dead']

/** The jobs that fit, in the order they were sent. */
export function list(session: Session, filter: Filter, page: Page): readonly KeptJob[] {
  return look(session, filter, page).map(({ row, state }) => jobOf(session, row, state))
}

export function look(session: Session, filter: Filter, { after, limit }: Page): readonly Found[] {
  const later = after === undefined ? 0 : numberIn(session, after)
  if (Number.isNaN(later)) return []
  const { ids, state, task } = filter
  const tasks = task === undefined ? session.taskIds() : [session.knownTaskId(task)].filter((id) => id !== undefined)
  const found =
    ids === undefined
      ? tasks.flatMap((id) => ofTask(session, id, state, later, limit))
      : ofIds(session, ids, tasks).filter(({ row, state: is }) => is === (state ?? is) && numberOf(row.key) > later)
  return found.sort((a, b) => numberOf(a.row.key) - numberOf(b.row.key)).slice(0, limit)
}

function ofTask(
  { statements }: Session,
  task: number,
  only: JobState | undefined,
  later: number,
  limit: number,
): readonly Found[] {
  const states = only === undefined ? STATES : [only]
  return lanesOfTask(task, later).flatMap(({ first, end }) =>
    states.flatMap((state) =>
      statements.page[state].flatMap((page) =>
        (page.all(first, end, limit) as JobRow[]).map((row): Found => ({ row, state })),
      ),
    ),
  )
}

function ofIds(session: Session, ids: readonly JobId[], tasks: readonly number[]): readonly Found[] {
  const numbers = [...new Set(ids)].map((id) => numberIn(session, id)).filter((number) => !Number.isNaN(number))
  const keys = JSON.stringify(numbers.flatMap((number) => tasks.flatMap((task) => keysOfNumber(task, number))))
  const { job, later, done, dead } = session.statements.find
  const rowsOf = (rows: unknown[]): readonly JobRow[] => rows as JobRow[]
  return [
    ...rowsOf(job.all(keys)).map((row): Found => ({ row, state: row.owner === null ? 'waiting' : 'running' })),
    ...rowsOf(later.all(keys)).map((row): Found => ({ row, state: 'waiting' })),
    ...rowsOf(done.all(keys)).map((row): Found => ({ row, state: 'done' })),
    ...rowsOf(dead.all(keys)).map((row): Found => ({ row, state: 'dead' })),
  ]
}
