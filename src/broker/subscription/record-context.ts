import type { Attempt } from '../../attempt/attempt.ts'
import type { RecordContext, TopicRecord } from '../broker.ts'
import type { Unfinished } from './unfinished.ts'

/** All that a handler gets of its attempt. It can be taken apart: `({ record, signal }) => …`. */
export class AttemptContext implements RecordContext {
  readonly #attempt: Attempt<Unfinished>
  readonly record: TopicRecord

  constructor(attempt: Attempt<Unfinished>) {
    this.#attempt = attempt
    this.record = attempt.job.record
  }

  get attempt(): number {
    return this.#attempt.number
  }

  get signal(): AbortSignal {
    return this.#attempt.signal
  }

  get idempotencyKey(): string {
    return this.#attempt.idempotencyKey
  }
}
