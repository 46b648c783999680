import { NO_TRIES, type Tries } from '../../core/ending.ts'
import type { JobState } from '../../core/job.ts'
import type { JobId } from '../../core/message.ts'
import type { KeptJob } from '../store.ts'
import { numberOf, priorityOf, taskOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

/** Whose a job is: a result is written only by the claim that has it. */
export interface Claim {
  readonly owner: number
  readonly claim: number
}

/** A job that was claimed: what the store has to know of it when it is settled. */
export interface ClaimedJob extends KeptJob {
  readonly row: JobRow
  readonly claim: Claim
}

export const triesIn = (tries: string | null): Tries =>
  tries === null ? NO_TRIES : ({ ...NO_TRIES, ...(JSON.parse(tries) as Partial<Tries>) } satisfies Tries)

/** What differs from no tries at all; null where nothing does. */
export function triesText(tries: Tries): string | null {
  const fields = Object.entries(tries).filter(([name, value]) => value !== NO_TRIES[name as keyof Tries])
  return fields.length === 0 ? null : JSON.stringify(Object.fromEntries(fields))
}

export const idOf = ({ name }: Session, number: number): JobId => `${name}-${number}` as JobId

/** NaN for an id of another file. */
export function numberIn({ name }: Session, id: string): number {
  const [file, number = ''] = id.split('-')
  return file === name && /^[1-9]\d{0,11}$/.test(number) ? Number(number) : Number.NaN
}

export function jobOf(session: Session, row: JobRow, state: JobState): KeptJob {
  const { key, sent_at, run_at, tries, payload, progress, ended_at, result, reason, error } = row
  return {
    id: idOf(session, numberOf(key)),
    task: session.taskName(taskOf(key)),
    payload: JSON.parse(payload) as object,
    priority: priorityOf(key),
    state,
    sentAt: sent_at,
    runAt: run_at,
    tries: triesIn(tries),
    progress: progress ?? undefined,
    endedAt: ended_at,
    result: typeof result === 'string' ? (JSON.parse(result) as unknown) : undefined,
    dead: state === 'dead' ? ({ reason, error } as KeptJob['dead']) : undefined,
  }
}
