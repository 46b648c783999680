import { randomBytes } from 'node:crypto'
import type { JobId } from '../core/message.ts'

const BLOCK = 1_000
const LAST_DIGITS = Array.from({ length: BLOCK }, (_, index) => String(index).padStart(3, '0'))

/**
 * Ids `<16 random hex digits>-<sequence>`. The sequence begins at 1,000, so that an id is the text of its block and one of 1,000
 * ready-made endings: turning a number into text took longer than all else that is kept of a job.
 */
export class IdSequence {
  readonly #prefix = `${randomBytes(8).toString('hex')}-`
  #last = BLOCK - 1
  #block = ''

  /** The number of the newest id. */
  get last(): number {
    return this.#last
  }

  next(): JobId {
    this.#last += 1
    const index = this.#last % BLOCK
    if (index === 0) this.#block = `${this.#prefix}${this.#last / BLOCK}`
    return `${this.#block}${LAST_DIGITS[index]}` as JobId
  }

  /** NaN for an id of another sequence. */
  sequenceOf(id: JobId): number {
    return id.startsWith(this.#prefix) ? Number(id.slice(this.#prefix.length)) : Number.NaN
  }
}
