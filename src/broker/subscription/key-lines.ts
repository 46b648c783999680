import type { Order } from '../broker.ts'
import type { Line, Unfinished } from './unfinished.ts'

/** Keys that are kept though nobody has them: a Map from which keys go as fast as they come keeps its old tables in memory. */
const MAX_FREE = 1_000

/** Records that wait for earlier ones, a line for each key. Who has left its line knows nobody in it. */
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
    if (line === undefined) {
      one.line = { head: one, last: one }
      this.#lines.set(key, one.line)
      return true
    }
    const { last } = line
    one.line = line
    line.last = one
    if (last === undefined) {
      line.head = one
      this.#free -= 1
    } else {
      one.isBlocked = true
      last.behind = one
    }
    return !one.isBlocked
  }

  /** It is done; answers with who has waited for it. */
  leave(one: Unfinished): Unfinished | undefined {
    const { line, behind } = one
    one.line = undefined
    one.behind = undefined
    if (line === undefined) return undefined
    line.head = behind
    if (behind !== undefined) {
      behind.isBlocked = false
      return behind
    }
    line.last = undefined
    this.#free += 1
    if (this.#free > MAX_FREE) this.#forgetFree()
    return undefined
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
