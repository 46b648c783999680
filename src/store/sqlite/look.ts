import type { JobState } from '../../core/job.ts'
import type { JobId } from '../../core/message.ts'
import type { Filter, KeptJob, Page } from '../store.ts'
import { doneBetween } from './done.ts'
import { jobOf, numberIn } from './job-row.ts'
import { keysOfNumber, LAST_NUMBER, lanesOfTask, numberOf, taskOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

interface Found {
  readonly row: JobRow
  readonly state: JobState
}

const WAYS: readonly Exclude<JobState, 'done'>[] = ['waiting', 'running', 'dead']

/** The jobs that fit, in the order they were sent. */
export function list(session: Session, filter: Filter, page: Page): readonly KeptJob[] {
  return look(session, filter, page).map(({ row, state }) => jobOf(session, row, state))
}

export function look(session: Session, filter: Filter, { after, limit }: Page): readonly Found[] {
  const later = after === undefined ? 0 : numberIn(session, after)
  if (Number.isNaN(later)) return []
  const { ids, state, task } = filter
  const tasks = task === undefined ? session.tasks.all() : [session.tasks.known(task)].filter((id) => id !== undefined)
  const found =
    ids === undefined
      ? [...ofTasks(session, tasks, state, later, limit), ...doneOf(session, tasks, state, later, limit)]
      : ofIds(session, ids, tasks, state).filter(({ row }) => numberOf(row.key) > later)
  return found.sort((a, b) => numberOf(a.row.key) - numberOf(b.row.key)).slice(0, limit)
}

function ofTasks(
  { statements }: Session,
  tasks: readonly number[],
  only: JobState | undefined,
  later: number,
  limit: number,
): readonly Found[] {
  const states = WAYS.filter((state) => state === (only ?? state))
  return tasks
    .flatMap((task) => lanesOfTask(task, later))
    .flatMap(({ first, end }) =>
      states.flatMap((state) =>
        statements.page[state].flatMap((page) =>
          (page.all(first, end, limit) as JobRow[]).map((row): Found => ({ row, state })),
        ),
      ),
    )
}

function doneOf(
  session: Session,
  tasks: readonly number[],
  only: JobState | undefined,
  later: number,
  limit: number,
): readonly Found[] {
  if ((only ?? 'done') !== 'done') return []
  const fits = ({ key }: JobRow): boolean => tasks.includes(taskOf(key))
  return doneBetween(session, later + 1, LAST_NUMBER, limit, fits).map(asDone)
}

const asDone = (row: JobRow): Found => ({ row, state: 'done' })

function ofIds(
  session: Session,
  ids: readonly JobId[],
  tasks: readonly number[],
  only: JobState | undefined,
): readonly Found[] {
  const numbers = [...new Set(ids)].map((id) => numberIn(session, id)).filter((number) => !Number.isNaN(number))
  const keys = JSON.stringify(numbers.flatMap((number) => tasks.flatMap((task) => keysOfNumber(task, number))))
  const { job, later, dead } = session.statements.find
  const rowsOf = (rows: unknown[]): readonly JobRow[] => rows as JobRow[]
  const living = [
    ...rowsOf(job.all(keys)).map((row): Found => ({ row, state: row.owner === null ? 'waiting' : 'running' })),
    ...rowsOf(later.all(keys)).map((row): Found => ({ row, state: 'waiting' })),
    ...rowsOf(dead.all(keys)).map((row): Found => ({ row, state: 'dead' })),
  ]
  if ((only ?? 'done') !== 'done') return living.filter(({ state }) => state === only)
  const alive = new Set(living.map(({ row }) => numberOf(row.key)))
  const fits = ({ key }: JobRow): boolean => tasks.includes(taskOf(key))
  const done = numbers
    .filter((number) => !alive.has(number))
    .flatMap((number) => doneBetween(session, number, number, 1, fits))
    .map(asDone)
  return only === 'done' ? done : [...living, ...done]
}
