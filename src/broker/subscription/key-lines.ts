import type { Order } from '../broker.ts'
import type { Unfinished } from './unfinished.ts'

/** Keys that are kept though nobody has them: a Map from which keys go as fast as they come keeps its old tables in memory. */
const MAX_FREE = 1_000

/** Of one key. */
interface Line {
  /** Somebody is at the front. */
  isTaken: boolean
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
    if (line === undefined) this.#lines.set(key, { isTaken: true, waiting: [] })
    else if (line.isTaken) line.waiting.push(one)
    else {
      line.isTaken = true
      this.#free -= 1
      return true
    }
    return line === undefined
  }

  /** It is done; answers with who has waited for it. */
  leave(one: Unfinished): Unfinished | undefined {
    const key = this.#keyOf(one)
    const line = key === undefined ? undefined : this.#lines.get(key)
    const next = line?.waiting.shift()
    if (line === undefined || next !== undefined) return next
    line.isTaken = false
    this.#free += 1
    if (this.#free > MAX_FREE) this.#forgetFree()
    return undefined
  }

  #forgetFree(): void {
    this.#lines = new Map([...this.#lines].filter(([, { isTaken }]) => isTaken))
    this.#free = 0
  }

  #keyOf({ record }: Unfinished): string | undefined {
    switch (this.#order) {
      case 'key':
        return record.key
      case 'partition':
        return ''
      case 'none':
        return undefined
      default:
        return this.#order satisfies never
    }
  }
}
