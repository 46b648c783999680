import ky from 'ky'
import { systemClock } from '../../src/core/clock.ts'

/** Of the receipts API, by `clock.elapsed()` of this process, in milliseconds. */
export interface Outage {
  readonly from: number
  /** Where no call makes it longer. */
  readonly until: number
}

/** Begins an outage of the receipts API, and resolves once it is down. */
export async function beginOutage(gatewayUrl: string, ms: number, prolongMs: number): Promise<Outage> {
  const from = systemClock.elapsed()
  const answer = ky.post(`${gatewayUrl}/outages`, { retry: 0, json: { api: 'receipts', ms, prolongMs } })
  const { restMs } = await answer.json<{ restMs: number }>()
  return { from, until: systemClock.elapsed() + restMs }
}
