import type { NewRecord } from '../../src/broker/broker.ts'

/** A record of this benchmark: small, and a fresh object each. */
export interface Sale {
  readonly n: number
  readonly filling?: string
}

/** How many keys there are. */
export const KEYS = 1_000
/** Of the topic. */
export const PARTITIONS = 3
export const TOPIC = 'sales'

/** The records from `first` up to `last`, without `last`. */
export function sales(first: number, last: number, filling?: string): NewRecord<Sale>[] {
  const records: NewRecord<Sale>[] = []
  for (let n = first; n < last; n += 1) {
    records.push({ key: `buyer-${n % KEYS}`, payload: filling === undefined ? { n } : { n, filling } })
  }
  return records
}
