import { NO_TRIES, type Tries } from '../../core/ending.ts'
import type { JobState } from '../../core/job.ts'
import type { JobId } from '../../core/message.ts'
import type { KeptJob } from '../store.ts'
import { numberOf, priorityOf, taskOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'
import type { Token } from './tokens.ts'

/** A job of ours: what the store has to know of it when it is settled. */
export interface ClaimedJob extends KeptJob {
  readonly row: JobRow
  readonly owner: number
  /** Until it is settled, once. */
  isOpen: boolean
  /** Where the calls of its upstream are counted over time. */
  token: Token | undefined
}

export const triesIn = ({ tries, deaths }: Pick<JobRow, 'tries' | 'deaths'>): Tries =>
  tries === null && deaths === 0
    ? NO_TRIES
    : { ...NO_TRIES, ...(tries === null ? {} : (JSON.parse(tries) as Partial<Tries>)), deaths }

/** What differs from no tries at all, but for the deaths, which have a column of their own; null where nothing does. */
export function triesText(tries: Tries): string | null {
  const differs = (name: string): boolean =>
    name !== 'deaths' && tries[name as keyof Tries] !== NO_TRIES[name as keyof Tries]
  const fields = Object.entries(tries).filter(([name]) => differs(name))
  return fields.length === 0 ? null : JSON.stringify(Object.fromEntries(fields))
}

export const idOf = ({ name }: Session, number: number): JobId => `${name}-${number}` as JobId

/** NaN for an id of another file. */
export function numberIn({ name }: Session, id: string): number {
  const [file, number = ''] = id.split('-')
  return file === name && /^[1-9]\d{0,11}$/.test(number) ? Number(number) : Number.NaN
}

export function jobOf(session: Session, row: JobRow, state: JobState): KeptJob {
  const { key, sent_at, run_at, payload, progress, ended_at, result, reason, error } = row
  return {
    id: idOf(session, numberOf(key)),
    task: session.tasks.nameOf(taskOf(key)),
    payload: JSON.parse(payload) as object,
    priority: priorityOf(key),
    state,
    sentAt: sent_at,
    runAt: run_at,
    tries: triesIn(row),
    progress: progress ?? undefined,
    endedAt: ended_at,
    result: typeof result === 'string' ? (JSON.parse(result) as unknown) : undefined,
    dead: state === 'dead' ? ({ reason, error } as KeptJob['dead']) : undefined,
  }
}

/** A job that is this owner's from now on. */
export const claimedJob = (session: Session, row: JobRow, owner: number): ClaimedJob => ({
  ...jobOf(session, row, 'running'),
  row,
  owner,
  isOpen: true,
  token: undefined,
})
