import { randomBytes } from 'node:crypto'
import type { JobId } from '../core/message.ts'

/** Ids `<16 random hex digits>-<sequence>`. */
export class IdSequence {
  readonly #prefix = `${randomBytes(8).toString('hex')}-`
  #last = 0

  /** The number of the newest id. */
  get last(): number {
    return this.#last
  }

  next(): JobId {
    this.#last += 1
    return `${this.#prefix}${this.#last}` as JobId
  }

  /** NaN for an id of another sequence. */
  sequenceOf(id: JobId): number {
    return id.startsWith(this.#prefix) ? Number(id.slice(this.#prefix.length)) : Number.NaN
  }
}
