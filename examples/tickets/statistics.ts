import { type Counts, type Events, subscribe, UnknownError } from '../../src/index.ts'

/** What `GET /statistics` answers: what the store has, and what has happened since this process began. */
export interface ServiceStatistics extends Counts {
  /** Attempts after which a job had to be taken up again. */
  readonly retries: number
  /** Those of them of which nobody could tell whether their call took effect. */
  readonly unknown: number
  /** Jobs that are done since such a call was found to have taken effect, without another one. */
  readonly reconciled: number
  /** How often an API was closed, or was closed for longer. */
  readonly closed: number
}

type Happening = Exclude<keyof ServiceStatistics, keyof Counts>

/** Counts what the worker of this process and its upstreams report. */
export class Statistics implements Disposable {
  readonly #count: Record<Happening, number> = { retries: 0, unknown: 0, reconciled: 0, closed: 0 }
  readonly #ends: readonly (() => void)[]

  constructor() {
    const count = this.#count
    const again = (): void => {
      count.retries += 1
    }
    this.#ends = [
      subscribe('job.done', ({ reconciled }) => {
        if (reconciled) count.reconciled += 1
      }),
      subscribe('attempt.failed', again),
      subscribe('attempt.snoozed', again),
      subscribe('attempt.unknown', (attempt) => {
        again()
        if (isInDoubt(attempt)) count.unknown += 1
      }),
      subscribe('upstream.closed', () => {
        count.closed += 1
      }),
    ]
  }

  with(counts: Counts): ServiceStatistics {
    return { ...counts, ...this.#count }
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end()
  }
}

/** Whether it is a call that left that in doubt. The others only looked, and did not find out yet. */
const isInDoubt = ({ error }: Events['attempt.unknown']): boolean =>
  error instanceof UnknownError || (error instanceof Error && error.name === 'TimeoutError')
