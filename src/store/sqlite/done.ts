import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'
import { numberOf } from './keys.ts'

/** From how many bytes on the jobs that are done together take more than one row. */
const MAX_ROW_BYTES = 1_048_576
/** Rows that are forgotten at once. */
const MAX_FORGOTTEN = 3

export interface Retention {
  /** How long done jobs are kept. */
  readonly doneForMs: number
  /** How many of them at most. */
  readonly maxDone: number
  /** How many bytes their rows have at most. */
  readonly maxDoneBytes: number
}

type DoneJob = readonly [
  key: number,
  sentAt: number,
  runAt: number,
  deaths: number,
  tries: string | null,
  payload: string,
  result: string | null,
]

type OldRow = readonly [id: number, endedAt: number, count: number, bytes: number]

/** Keeps what was done in one turn. */
export class DoneJobs {
  readonly #session: Session
  readonly #now: number
  #jobs: DoneJob[] = []
  #bytes = 0

  constructor(session: Session, now: number) {
    this.#session = session
    this.#now = now
  }

  add({ key, sent_at, run_at, deaths, tries, payload }: JobRow, result: unknown): void {
    const text = result === undefined ? null : JSON.stringify(result)
    this.#jobs.push([key, sent_at, run_at, deaths, tries, payload, text])
    this.#bytes += payload.length + (text?.length ?? 0)
    if (this.#bytes >= MAX_ROW_BYTES) this.keep()
  }

  keep(): void {
    const { statements, tally } = this.#session
    const count = this.#jobs.length
    if (count === 0) return
    let first = Number.POSITIVE_INFINITY
    let last = 0
    for (const [key] of this.#jobs) {
      const number = numberOf(key)
      first = Math.min(first, number)
      last = Math.max(last, number)
    }
    const text = JSON.stringify(this.#jobs)
    statements.addDone.run(this.#now, first, last, count, text.length, text)
    tally.done += count
    tally.doneBytes += text.length
    this.#jobs = []
    this.#bytes = 0
  }
}

/** Forgets done jobs that are too old, or too many, the oldest first. A bounded number of them: the rest at the next time. */
export function forgetDone({ statements, tally }: Session, retention: Retention, now: number): void {
  const { doneForMs, maxDone, maxDoneBytes } = retention
  let forgotten: number | undefined
  for (const [id, endedAt, count, bytes] of statements.oldestDone.all(MAX_FORGOTTEN) as OldRow[]) {
    if (endedAt > now - doneForMs && tally.done <= maxDone && tally.doneBytes <= maxDoneBytes) break
    tally.done -= count
    tally.doneBytes -= bytes
    forgotten = id
  }
  if (forgotten !== undefined) statements.forgetDone.run(forgotten)
}

/** The done jobs with numbers from `first` to `last`, in the order they were sent: at most `limit` of those that fit. */
export function doneBetween(
  { statements }: Session,
  first: number,
  last: number,
  limit: number,
  fits: (row: JobRow) => boolean,
): readonly JobRow[] {
  let found: JobRow[] = []
  for (const row of statements.doneBetween.iterate(first, last)) {
    const { ended_at, first: firstOfRow, jobs } = row as { ended_at: number; first: number; jobs: string }
    // Rows come by their first number: what follows is later than all that is wanted.
    if (found.length >= limit && firstOfRow > numberOf((found[limit - 1] as JobRow).key)) break
    for (const job of JSON.parse(jobs) as DoneJob[]) {
      const number = numberOf(job[0])
      if (number < first || number > last) continue
      const done = rowOf(job, ended_at)
      if (fits(done)) found.push(done)
    }
    found = found.sort((a, b) => numberOf(a.key) - numberOf(b.key)).slice(0, limit)
  }
  return found
}

const rowOf = ([key, sent_at, run_at, deaths, tries, payload, result]: DoneJob, ended_at: number): JobRow => ({
  key,
  sent_at,
  run_at,
  deaths,
  tries,
  once: null,
  payload,
  ended_at,
  result,
})
