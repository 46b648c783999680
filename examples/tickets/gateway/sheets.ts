import type { Reply } from './failure.ts'
import type { JsonObject } from './json-body.ts'
import { Refusal } from './refusal.ts'

/** The most rows of all sheets together: one more is answered with 500. */
const MAX_ROWS = 1_000_000

/** A row has one text for each of its columns. */
export type Row = readonly string[]

/** Rows stand in the order in which they were appended. The same call twice is two rows: this API knows no key. */
export class Sheets {
  readonly #rows = new Map<string, Row[]>()
  readonly #most: number
  #rowCount = 0

  constructor(most: number = MAX_ROWS) {
    this.#most = most
  }

  /** A sheet comes to be with its first row. */
  append(sheet: string, { columns }: JsonObject): Reply {
    if (!isRow(columns)) throw new Refusal('columns must be an array of at least one text')
    if (this.#rowCount >= this.#most)
      return { status: 500, body: { error: `no room for more than ${this.#most} rows` } }
    const rows = this.#rows.get(sheet)
    if (rows === undefined) this.#rows.set(sheet, [columns])
    else rows.push(columns)
    this.#rowCount += 1
    return { status: 200, body: {} }
  }

  /** The rows of now. A sheet that does not exist has none. */
  list(sheet: string): Reply {
    return { status: 200, body: { rows: [...(this.#rows.get(sheet) ?? [])] } }
  }
}

const isRow = (value: unknown): value is Row =>
  Array.isArray(value) && value.length > 0 && value.every((column) => typeof column === 'string')
