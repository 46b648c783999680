import { seededRandom } from '../../../src/testing/index.ts'

/** Of the orders between two kills so many at each end are left alone: a service that has just been started has work to lose. */
const MARGIN = 0.2
/** Within this time an order arrives, is kept and is answered, or is not. */
const MAX_AFTER_MS = 30

/** A moment at which the service is killed. */
export interface Kill {
  /** The order that is on its way then, by its place among all of them. */
  readonly order: number
  /** How long it has been. */
  readonly afterMs: number
}

/** `count` of them, spread over at least as many orders; the same for the same seed. */
export function killsOf(orders: number, count: number, seed: number): readonly Kill[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, part) => {
    const [first, end] = [part, part + 1].map((edge) => Math.floor((edge * orders) / count)) as [number, number]
    const at = MARGIN + random() * (1 - 2 * MARGIN)
    return { order: first + Math.floor(at * (end - first)), afterMs: Math.floor(random() * MAX_AFTER_MS) }
  })
}
