import { type Counts, subscribe } from '../../src/index.ts'

/** What `GET /statistics` answers. */
export interface ServiceStatistics {
  readonly waiting: number
  readonly running: number
  readonly done: number
  readonly dead: number
  /** Attempts after which a job had to be taken up again. */
  readonly retries: number
}

/** Counts what the worker of this process reports. */
export class Statistics implements Disposable {
  #done = 0
  #retries = 0
  readonly #ends: readonly (() => void)[]

  constructor() {
    const again = (): void => {
      this.#retries += 1
    }
    this.#ends = [
      subscribe('job.done', () => {
        this.#done += 1
      }),
      subscribe('attempt.failed', again),
      subscribe('attempt.snoozed', again),
      subscribe('attempt.unknown', again),
    ]
  }

  /** `counts` are the worker's; of the done ones a worker in memory keeps only the last 1,000. */
  with({ waiting, running, dead }: Counts): ServiceStatistics {
    return { waiting, running, done: this.#done, dead, retries: this.#retries }
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end()
  }
}
