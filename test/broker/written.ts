import assert from 'node:assert/strict'
import type { NewRecord } from '../../src/broker/broker.ts'
import type { WrittenRecord } from '../../src/broker/written-record.ts'
import { writtenRecords } from '../../src/broker/written-records.ts'

/** What is kept of a record. */
export function written(record: unknown): WrittenRecord {
  const [first] = writtenRecords([record as NewRecord])
  return first ?? assert.fail('nothing was written')
}

/** What the caller is told of the second of two records. */
export function refusal(record: unknown): Error & { readonly code: string } {
  try {
    writtenRecords([{ payload: 'before' }, record as NewRecord])
  } catch (error) {
    return error as Error & { readonly code: string }
  }
  return assert.fail('the record was written')
}
