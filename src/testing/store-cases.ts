import { contentCases } from './content-cases.ts'
import { durableCases } from './durable-cases.ts'
import { factCases } from './fact-cases.ts'
import { lookCases } from './look-cases.ts'
import { onceCases } from './once-cases.ts'
import { orderCases } from './order-cases.ts'
import { queueCases } from './queue-cases.ts'
import { roomCases } from './room-cases.ts'
import type { StoreCase } from './store-case.ts'
import { turnCases } from './turn-cases.ts'

export { CASE_CAPACITY, type StoreCase } from './store-case.ts'

/**
 * The promises of every store, as data: open a fresh store with room for `CASE_CAPACITY` jobs for each that needs no feature which
 * the store lacks, and run it.
 */
export const storeCases: readonly StoreCase[] = [
  ...queueCases,
  ...orderCases,
  ...roomCases,
  ...turnCases,
  ...onceCases,
  ...lookCases,
  ...contentCases,
  ...factCases,
  ...durableCases,
]
