import type { Reply } from './failure.ts'
import { type Body, type JsonObject, objectOf } from './json-body.ts'
import type { Receipts } from './receipts.ts'
import { Refusal } from './refusal.ts'
import type { Sheets } from './sheets.ts'

export type EndpointName = 'issueReceipt' | 'listReceipts' | 'appendRow' | 'listRows'

/** An outage is of one of these. */
export type ApiName = 'receipts' | 'spreadsheets'

/** One value for each endpoint, made in this order. */
export function perEndpoint<T>(make: (name: EndpointName) => T): Record<EndpointName, T> {
  return {
    issueReceipt: make('issueReceipt'),
    listReceipts: make('listReceipts'),
    appendRow: make('appendRow'),
    listRows: make('listRows'),
  }
}

/** One value for each API. */
export function perApi<T>(make: (name: ApiName) => T): Record<ApiName, T> {
  return { receipts: make('receipts'), spreadsheets: make('spreadsheets') }
}

/** One call of the APIs: where it is, and what it does. */
export interface Endpoint {
  readonly name: EndpointName
  readonly api: ApiName
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Its first group, where it has one, is the encoded name of the sheet. */
  readonly path: RegExp
  readonly effect: (body: Body, sheet: string) => Reply
}

const RECEIPTS = /^\/receipts-api\/receipts$/
const ROWS = /^\/spreadsheets-api\/sheets\/([^/]+)\/rows$/

/** Every call that the service makes, as the ticketing APIs have it; those for a bad ticket are refused. */
export function endpointsOf(
  receipts: Receipts,
  sheets: Sheets,
  isBad: (ticketId: string) => boolean,
): readonly Endpoint[] {
  const refuseBad = (ticketId: unknown): void => {
    if (typeof ticketId === 'string' && isBad(ticketId))
      throw new Refusal('this ticket is bad, however often it is sent')
  }
  const issue = (receipt: JsonObject): Reply => {
    refuseBad(receipt['ticket_id'])
    return receipts.issue(receipt)
  }
  const append = (row: JsonObject, sheet: string): Reply => {
    const { columns } = row
    refuseBad(Array.isArray(columns) ? columns[0] : undefined)
    return sheets.append(sheet, row)
  }
  return [
    { name: 'issueReceipt', api: 'receipts', method: 'PUT', path: RECEIPTS, effect: (body) => issue(objectOf(body)) },
    { name: 'listReceipts', api: 'receipts', method: 'GET', path: RECEIPTS, effect: () => receipts.list() },
    {
      name: 'appendRow',
      api: 'spreadsheets',
      method: 'POST',
      path: ROWS,
      effect: (body, sheet) => append(objectOf(body), sheet),
    },
    { name: 'listRows', api: 'spreadsheets', method: 'GET', path: ROWS, effect: (_, sheet) => sheets.list(sheet) },
  ]
}

/** The endpoint and the sheet that are asked for; refuses what no endpoint serves. */
export function endpointAt(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; sheet: string } {
  const here = endpoints.filter((endpoint) => endpoint.path.test(path))
  if (here.length === 0) throw new Refusal('there is nothing at this path', 404)
  const endpoint = here.find((each) => each.method === method)
  if (endpoint === undefined) throw new Refusal(`${method} is not served here`, 405)
  return { endpoint, sheet: decoded(endpoint.path.exec(path)?.[1] ?? '') }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal('the name of the sheet must be percent-encoded UTF-8')
  }
}
