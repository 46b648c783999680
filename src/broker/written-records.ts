import type { NewRecord } from './broker.ts'
import type { WrittenRecord } from './written-record.ts'

export function writtenRecords(records: readonly NewRecord[]): readonly WrittenRecord[] {
  return records.map(({ key, payload, headers, partition }) => {
    const text = JSON.stringify(payload)
    const headersText = headers === undefined ? undefined : JSON.stringify(headers)
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(headersText ?? '') + Buffer.byteLength(key ?? '')
    return { key, payload: text, headers: headersText, partition, bytes }
  })
}
