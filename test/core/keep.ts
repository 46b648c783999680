import assert from 'node:assert/strict'
import { PayloadError } from '../../src/core/errors.ts'
import { payloadOf } from '../../src/core/payload.ts'

/** What is kept of a payload. */
export const keep = (payload: object): unknown => payloadOf({ task: 'a', ...payload })

/** What the sender is told. */
export function refusal(payload: object): PayloadError {
  try {
    keep(payload)
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
  return assert.fail('the payload was kept')
}
