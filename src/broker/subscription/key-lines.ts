import type { Order } from '../broker.ts'
import type { Unfinished } from './unfinished.ts'

/** Keys that are kept though nobody has them: a Map from which keys go as fast as they come keeps its old tables in memory. */
const MAX_FREE = 1_000

/** Of one key. */
export interface Line {
  /** At the front. */
  head: Unfinished | undefined
  /** Those behind. */
  readonly waiting: Unfinished[]
}

/** Records that wait for earlier ones, a line for each key. */
export class KeyLines {
  readonly #order: Order
  #lines = new Map<string, Line>()
  #free = 0

  constructor(order: Order) {
    this.#order = order
  }

  /** False where it has to wait. */
  enter(one: Unfinished): boolean {
    const key = this.#keyOf(one)
    if (key === undefined) return true
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, { head: one, waiting: [] })
    else if (line.head === undefined) {
      line.head = one
      this.#free -= 1
    } else {
      one.isBlocked = true
      line.waiting.push(one)
    }
    return !one.isBlocked
  }

  /** It is done; answers with who has waited for it. */
  leave(one: Unfinished): Unfinished | undefined {
    const key = this.#keyOf(one)
    const line = key === undefined ? undefined : this.#lines.get(key)
    if (line === undefined) return undefined
    line.head = line.waiting.shift()
    if (line.head !== undefined) line.head.isBlocked = false
    else this.#free += 1
    if (this.#free > MAX_FREE) this.#forgetFree()
    return line.head
  }

  /** Whom it waits for, and who waits as it does. */
  lineOf(one: Unfinished): Readonly<Line> | undefined {
    const key = this.#keyOf(one)
    return key === undefined ? undefined : this.#lines.get(key)
  }

  #forgetFree(): void {
    this.#lines = new Map([...this.#lines].filter(([, { head }]) => head !== undefined))
    this.#free = 0
  }

  #keyOf({ read }: Unfinished): string | undefined {
    switch (this.#order) {
      case 'key':
        return read.key
      case 'partition':
        return ''
      case 'none':
        return undefined
      default:
        return this.#order satisfies never
    }
  }
}
