import type { LoopOrder } from './loop-order.ts'

export interface Scenario extends Pick<LoopOrder, 'subject' | 'clients' | 'processes' | 'hashes' | 'slowMs'> {
  readonly title: string
}

/** By how much each sync is slowed. */
export const SLOW_MS = 20

const SLOW = { clients: 200, processes: 1, hashes: 0, slowMs: SLOW_MS } as const
const HASHES = { clients: 10, processes: 1, hashes: 8, slowMs: 0 } as const
const PLAIN = { ...HASHES, hashes: 0 } as const

export const SLOW_DISK: Scenario = { title: `willcall, syncs + ${SLOW_MS} ms`, subject: 'willcall', ...SLOW }
export const HASHING: Scenario = { title: 'willcall, 8 × scrypt', subject: 'willcall', ...HASHES }
export const SHARED: Scenario = {
  title: 'willcall, 4 processes on one file',
  subject: 'willcall',
  clients: 60,
  processes: 4,
  hashes: 0,
  slowMs: 0,
}
const NOTHING_SENT: Scenario = { title: 'nothing is sent', subject: 'willcall', ...PLAIN, clients: 0 }

export const SCENARIOS: readonly Scenario[] = [
  NOTHING_SENT,
  SLOW_DISK,
  { title: `raw better-sqlite3, syncs + ${SLOW_MS} ms`, subject: 'raw better-sqlite3', ...SLOW },
  { title: 'willcall, the disk as it is', subject: 'willcall', ...SLOW, slowMs: 0 },
  HASHING,
  { title: 'willcall, no scrypt', subject: 'willcall', ...PLAIN },
  SHARED,
]
