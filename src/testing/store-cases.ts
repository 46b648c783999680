import { onceCases } from './once-cases.ts'
import { queueCases } from './queue-cases.ts'
import { roomCases } from './room-cases.ts'
import type { StoreCase } from './store-case.ts'

export { CASE_CAPACITY, type StoreCase } from './store-case.ts'

/** The promises of every store, as data: open a fresh store with room for `CASE_CAPACITY` jobs for each, and run it. */
export const storeCases: readonly StoreCase[] = [...queueCases, ...roomCases, ...onceCases]
