import type { SqlValue, Statement } from './file/database.ts'

/** Rows of one statement: with one for each, sends took a third longer. */
export const ROWS_AT_ONCE = 20

/** What a row of `insertJobs` is made of. */
type JobValues = [
  key: number,
  sentAt: number,
  runAt: number,
  once: string | null,
  owner: number | null,
  payload: string,
]

/** New jobs of a transaction, which are written together. */
export class JobInserts {
  readonly #one: Statement
  readonly #many: Statement
  #values: SqlValue[] = []
  #rows = 0

  constructor({ insertJob, insertJobs }: { readonly insertJob: Statement; readonly insertJobs: Statement }) {
    this.#one = insertJob
    this.#many = insertJobs
  }

  add(...values: JobValues): void {
    this.#values.push(...values)
    this.#rows += 1
    if (this.#rows < ROWS_AT_ONCE) return
    this.#many.run(...this.#values)
    this.drop()
  }

  flush(): void {
    const rowLength = this.#values.length / this.#rows
    for (let row = 0; row < this.#rows; row += 1) {
      this.#one.run(...this.#values.slice(row * rowLength, (row + 1) * rowLength))
    }
    this.drop()
  }

  /** What was not written is not. */
  drop(): void {
    this.#values = []
    this.#rows = 0
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }
}
