import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'
import { numberOf } from './keys.ts'

/** From how many characters on the jobs that are done together take more than one row. */
const MAX_ROW_LENGTH = 1_048_576
/** Rows that are forgotten at once, beside as many as were added. */
const MAX_FORGOTTEN = 10

export interface Retention {
  /** How long done jobs are kept. */
  readonly doneForMs: number
  /** How many of them at most. */
  readonly maxDone: number
  /** How many bytes their rows have at most. */
  readonly maxDoneBytes: number
}

/** As it is read. What was text is part of the row's text as it is, which is quicker than to quote it. */
type DoneJob = readonly [
  key: number,
  sentAt: number,
  runAt: number,
  deaths: number,
  tries: object | null,
  payload: object,
  result?: unknown,
]

type OldRow = readonly [id: number, endedAt: number, count: number, bytes: number]
const NOTHING: OldRow = [0, 0, 0, 0]

/** Keeps what was done in one turn. */
export class DoneJobs {
  readonly #session: Session
  readonly #now: number
  /** How many it has kept. */
  rows = 0
  #text = ''
  #count = 0
  #first = Number.POSITIVE_INFINITY
  #last = 0

  constructor(session: Session, now: number) {
    this.#session = session
    this.#now = now
  }

  add({ key, sent_at, run_at, deaths, tries, payload }: JobRow, result: unknown): void {
    const number = numberOf(key)
    const text = textOf(result)
    const end = text === undefined ? '' : `,${text}`
    this.#text += `${this.#count === 0 ? '[' : ','}[${key},${sent_at},${run_at},${deaths},${tries},${payload}${end}]`
    this.#count += 1
    this.#first = Math.min(this.#first, number)
    this.#last = Math.max(this.#last, number)
    if (this.#text.length >= MAX_ROW_LENGTH) this.keep()
  }

  keep(): void {
    if (this.#count === 0) return
    const { statements, tally } = this.#session
    const text = `${this.#text}]`
    statements.addDone.run(this.#now, this.#first, this.#last, this.#count, text.length, text)
    this.rows += 1
    tally.done += this.#count
    tally.doneBytes += text.length
    this.#text = ''
    this.#count = 0
    this.#first = Number.POSITIVE_INFINITY
    this.#last = 0
  }
}

/** Undefined also where the handler has changed it since it was found to be JSON. */
function textOf(result: unknown): string | undefined {
  try {
    return JSON.stringify(result)
  } catch {
    return undefined
  }
}

/** Forgets done jobs that are too old, or too many, the oldest first. */
export class DoneRetention {
  readonly #retention: Retention
  /** When the oldest is too old; before that nothing has to be read. */
  #tooOldAt = 0

  constructor(retention: Retention) {
    this.#retention = retention
  }

  /** As many as were added and a bounded number of others: the rest at the next time. */
  forget({ statements, tally }: Session, now: number, addedRows: number): void {
    const { doneForMs, maxDone, maxDoneBytes } = this.#retention
    for (let forgotten = 0; forgotten < MAX_FORGOTTEN + addedRows; forgotten += 1) {
      const isTooMuch = tally.done > maxDone || tally.doneBytes > maxDoneBytes
      if (!isTooMuch && now < this.#tooOldAt) return
      const [id, endedAt, count, bytes] = (statements.oldestDone.get() as OldRow | undefined) ?? NOTHING
      this.#tooOldAt = endedAt + doneForMs
      if (count === 0 || (!isTooMuch && now < this.#tooOldAt)) return
      statements.forgetDone.run(id)
      tally.done -= count
      tally.doneBytes -= bytes
    }
  }
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

function rowOf([key, sent_at, run_at, deaths, tries, payload, result]: DoneJob, ended_at: number): JobRow {
  return {
    key,
    sent_at,
    run_at,
    deaths,
    tries: tries === null ? null : JSON.stringify(tries),
    once: null,
    payload: JSON.stringify(payload),
    ended_at,
    result: result === undefined ? null : JSON.stringify(result),
  }
}
