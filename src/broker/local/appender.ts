import { WillcallError } from '../../core/errors.ts'
import type { SqlValue } from '../../store/sqlite/file/database.ts'
import { keyOf, MAX_OFFSET } from './keys.ts'
import { type PartitionRow, ROWS_AT_ONCE, type TopicStatements } from './statements.ts'

/** The end of a partition, with what this transaction has added. */
interface End {
  next: number
  bytes: number
  readonly at: number
}

/** What is written of a record. */
export interface Row {
  readonly key: string | undefined | null
  readonly headers: string | undefined | null
  readonly payload: string
  readonly bytes: number
}

const COLUMNS = 5

/**
 * Adds records within one transaction, or one savepoint of it. Offsets have no gaps, and the times of a partition never go back.
 * Nothing else may be read of the partitions before `flush`.
 */
export class Appender {
  readonly #statements: TopicStatements
  readonly #now: number
  readonly #ends = new Map<number, End>()
  #values: SqlValue[] = []

  constructor(statements: TopicStatements, now: number) {
    this.#statements = statements
    this.#now = now
  }

  /** Returns its offset. */
  add(partition: number, { key, headers, payload, bytes }: Row): number {
    const end = this.#endOf(partition)
    const offset = end.next
    if (offset > MAX_OFFSET) throw full(partition)
    end.next += 1
    end.bytes += bytes
    this.#values.push(keyOf(partition, offset), end.at, key ?? null, headers ?? null, payload)
    if (this.#values.length === ROWS_AT_ONCE * COLUMNS) {
      this.#statements.insertRecords.run(...this.#values)
      this.#values = []
    }
    return offset
  }

  #endOf(partition: number): End {
    const known = this.#ends.get(partition)
    if (known !== undefined) return known
    const { next, bytes, last_at } = this.#statements.partition.get(partition) as PartitionRow
    const end = { next, bytes, at: Math.max(this.#now, last_at) }
    this.#ends.set(partition, end)
    return end
  }

  flush(): void {
    for (let row = 0; row < this.#values.length; row += COLUMNS)
      this.#statements.insertRecord.run(...this.#values.slice(row, row + COLUMNS))
    this.#values = []
    for (const [partition, { next, bytes, at }] of this.#ends) this.#statements.append.run(next, bytes, at, partition)
    this.#ends.clear()
  }
}

const full = (partition: number): WillcallError =>
  new WillcallError(
    'no_room',
    `the record could not be kept: its partition has had ${MAX_OFFSET + 1} of them, the most`,
    {
      given: partition,
    },
  )
