import { type Clock, type ReportedUpstream, systemClock } from '../../../src/index.ts'
import { type CallOptions, callOptions, gatewayClient } from './gateway-client.ts'

/** A row has one text for each of its columns. */
export type Row = readonly string[]

export interface SpreadsheetsApi {
  /** The same call twice is two rows: this API knows no idempotency key. */
  appendRow(sheet: string, columns: Row, options?: CallOptions): Promise<void>
  /** All rows, in the order in which they were appended. */
  rows(sheet: string, options?: CallOptions): Promise<readonly Row[]>
}

export function spreadsheetsApi(
  gatewayAddr: string,
  upstream: ReportedUpstream,
  clock: Clock = systemClock,
): SpreadsheetsApi {
  const api = gatewayClient(gatewayAddr, 'spreadsheets-api/sheets/', upstream, clock)
  return {
    appendRow: async (sheet, columns, options = {}) => {
      // The body says nothing, but only once it is read can the connection be used again.
      await api.post(rowsOf(sheet), { ...callOptions(options), json: { columns } }).arrayBuffer()
    },
    rows: async (sheet, options = {}) => {
      const { rows } = await api.get(rowsOf(sheet), callOptions(options)).json<{ rows: Row[] }>()
      return rows
    },
  }
}

/** A URL has no way to write the names `.` and `..`: they would climb to another path. */
function rowsOf(sheet: string): string {
  if (/^\.{0,2}$/.test(sheet) || !sheet.isWellFormed()) {
    throw new TypeError(`the name of a sheet must be a text other than "", "." and "..", got ${JSON.stringify(sheet)}`)
  }
  return `${encodeURIComponent(sheet)}/rows`
}
