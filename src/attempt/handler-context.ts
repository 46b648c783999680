import type { JobId } from '../core/message.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import type { Context, PreviousEnding } from '../core/task.ts'

/** What a context shows of its attempt. */
export interface ContextSource {
  readonly jobId: JobId
  readonly number: number
  readonly signal: AbortSignal
  readonly idempotencyKey: string
  readonly previous: PreviousEnding | undefined
  progress(part: number): void
  transaction<Result>(write: (database: SqliteDatabase) => Result): Promise<Result>
}

/** All that a handler gets of its attempt. It can be taken apart: `({ signal, progress }) => …`. */
export class HandlerContext implements Context {
  readonly #source: ContextSource

  constructor(source: ContextSource) {
    this.#source = source
  }

  get jobId(): JobId {
    return this.#source.jobId
  }

  get attempt(): number {
    return this.#source.number
  }

  get signal(): AbortSignal {
    return this.#source.signal
  }

  get idempotencyKey(): string {
    return this.#source.idempotencyKey
  }

  get previous(): PreviousEnding | undefined {
    return this.#source.previous
  }

  get progress(): (part: number) => void {
    return (part) => this.#source.progress(part)
  }

  get transaction(): Context['transaction'] {
    return (write) => this.#source.transaction(write)
  }
}
