import { seededRandom } from '../../../src/testing/index.ts'

/** Tickets of the largest order. */
const MAX_TICKETS = 200

export interface Order {
  /** Sent as `Idempotency-Key`. */
  readonly key: string
  readonly tickets: readonly string[]
}

/** Orders of 1 to 200 tickets, the same sizes for the same seed. `run` keeps the ids apart from those of other runs. */
export function ordersOf(run: string, count: number, seed: number): readonly Order[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const key = `${run}-order-${index + 1}`
    const size = 1 + Math.floor(random() * MAX_TICKETS)
    return { key, tickets: Array.from({ length: size }, (_ticket, place) => `${key}-ticket-${place + 1}`) }
  })
}
