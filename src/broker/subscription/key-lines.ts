import type { Order } from '../broker.ts'
import type { Unfinished } from './unfinished.ts'

/** Records that wait for earlier ones, a line for each key. Who is at the front of a line is not in it. */
export class KeyLines {
  readonly #order: Order
  /** By key; undefined while nobody waits. */
  readonly #lines = new Map<string, Unfinished[] | undefined>()

  constructor(order: Order) {
    this.#order = order
  }

  /** False where it has to wait. */
  enter(one: Unfinished): boolean {
    const key = this.#keyOf(one)
    if (key === undefined) return true
    const line = this.#lines.get(key)
    if (line !== undefined) line.push(one)
    else if (this.#lines.has(key)) this.#lines.set(key, [one])
    else {
      this.#lines.set(key, undefined)
      return true
    }
    return false
  }

  /** It is done; answers with who has waited for it. */
  leave(one: Unfinished): Unfinished | undefined {
    const key = this.#keyOf(one)
    if (key === undefined) return undefined
    const next = this.#lines.get(key)?.shift()
    if (next === undefined) this.#lines.delete(key)
    return next
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
