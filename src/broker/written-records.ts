import { errorText } from '../core/error-text.ts'
import { PayloadError, thrownIs, WillcallError } from '../core/errors.ts'
import { wholeNumber } from '../core/option.ts'
import { isPlain, jsonOf } from '../core/payload.ts'
import type { NewRecord } from './broker.ts'
import { shown, writtenHeaders } from './written-headers.ts'
import type { WrittenRecord } from './written-record.ts'

/** Most records of one call. */
export const MAX_RECORDS = 10_000
/** Most bytes that the records of one call may have together: 64 MiB. */
export const MAX_CALL_BYTES = 67_108_864
/** Longest key, in UTF-16 code units. */
export const MAX_KEY = 1_000

/** The records of one call as they are kept, or the error of the first that cannot be. What the caller changes later is not among it. */
export function writtenRecords(records: readonly NewRecord[]): readonly WrittenRecord[] {
  const written: WrittenRecord[] = []
  let bytes = 0
  for (let index = 0, count = checkedCount(records); index < count; index += 1) {
    const record = writtenRecord(records, index)
    bytes += record.bytes
    if (bytes > MAX_CALL_BYTES) {
      const why = `must have at most ${MAX_CALL_BYTES} bytes together, got at least ${bytes} in the first ${index + 1}`
      throw new WillcallError('too_large', `the records of one call ${why}`)
    }
    written.push(record)
  }
  return written
}

/** Throws where it is no plain object, or has a field that no record has. `index`: in its call. */
export function checkFields(record: unknown, index: number): asserts record is NewRecord {
  if (typeof record !== 'object' || record === null || !isPlain(record)) {
    throw refused(`records[${index}] must be a plain object, got ${shown(record)}`, record)
  }
  for (const name in record) {
    if (name === 'payload' || name === 'key' || name === 'headers' || name === 'partition') continue
    throw refused(
      `records[${index}] can have payload, key, headers and partition, and nothing else, got ${shown(name)}`,
      record,
    )
  }
}

/** What a getter or a trap of the caller's has thrown, as an error of ours that says where. */
function unreadable(what: string, thrown: unknown, given: unknown): WillcallError {
  if (thrownIs(thrown, WillcallError)) return thrown
  const why = `it could not be read: ${errorText(thrown)}`
  return new PayloadError(`${what} cannot be kept: ${why}`, [{ message: why, path: [] }], given, thrown)
}

function checkedCount(records: readonly NewRecord[]): number {
  try {
    if (!Array.isArray(records)) throw refused(`records must be an array, got ${shown(records)}`, records)
    const { length } = records
    if (length <= MAX_RECORDS) return length
    const why = `one call takes at most ${MAX_RECORDS} records, got ${length}`
    throw new WillcallError('too_large', why, { given: length })
  } catch (error) {
    throw unreadable('records', error, records)
  }
}

function writtenRecord(records: readonly unknown[], index: number): WrittenRecord {
  try {
    const record = records[index]
    checkFields(record, index)
    const { key, headers, partition } = record
    const payload = jsonOf(record.payload, { what: `the payload of records[${index}]`, given: record })
    const texts = headers === undefined ? undefined : writtenHeaders(headers, index)
    let bytes = Buffer.byteLength(payload)
    if (key !== undefined) bytes += keyBytes(key, index)
    if (texts !== undefined) bytes += Buffer.byteLength(texts)
    if (partition !== undefined) wholeNumber(`the partition of records[${index}]`, partition, 0)
    return { key, payload, headers: texts, partition, bytes }
  } catch (error) {
    throw unreadable(`records[${index}]`, error, records)
  }
}

function keyBytes(key: unknown, index: number): number {
  if (typeof key === 'string' && key.length <= MAX_KEY && key.isWellFormed()) return Buffer.byteLength(key)
  const given = typeof key === 'string' && key.length > MAX_KEY ? `one of ${key.length}` : shown(key)
  throw refused(
    `the key of records[${index}] must be well-formed text of at most ${MAX_KEY} characters, got ${given}`,
    key,
  )
}

const refused = (why: string, given: unknown): WillcallError => new WillcallError('invalid_option', why, { given })
