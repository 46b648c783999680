import type { ApiName } from './endpoints.ts'
import { type Body, objectOf } from './json-body.ts'
import { milliseconds } from './option.ts'
import type { OutageLength } from './outages.ts'
import { Refusal } from './refusal.ts'

/** The outage that a body asks for: `{"api":"receipts","ms":20000,"prolongMs":100}`, where only `api` must be given. */
export function outageIn(body: Body): OutageLength & { readonly api: ApiName } {
  const { api, ms, prolongMs } = objectOf(body)
  if (api !== 'receipts' && api !== 'spreadsheets') throw new Refusal('api must be "receipts" or "spreadsheets"')
  try {
    return {
      api,
      ...(ms !== undefined && { ms: milliseconds('ms', ms, 1) }),
      ...(prolongMs !== undefined && { prolongMs: milliseconds('prolongMs', prolongMs) }),
    }
  } catch (error) {
    throw error instanceof RangeError ? new Refusal(error.message) : error
  }
}
