import { failuresAt } from '../gateway/failure.ts'
import type { GatewayStatistics } from '../gateway/gateway.ts'

/** What became of the calls, by the gateway's count. */
export interface CallCounts {
  readonly calls: number
  /** By kind, with those that did not happen. */
  readonly failures: Readonly<Record<string, number>>
}

/** Without what had been counted `before`. */
export function callCounts(statistics: GatewayStatistics, before?: CallCounts): CallCounts {
  const failures = Object.entries(failuresOf(statistics))
  return {
    calls: statistics.calls - (before?.calls ?? 0),
    failures: Object.fromEntries(failures.map(([kind, count]) => [kind, count - (before?.failures[kind] ?? 0)])),
  }
}

function failuresOf({ failuresByName, slow, outages, refused }: GatewayStatistics): Readonly<Record<string, number>> {
  const kinds = Object.fromEntries(failuresAt().map(({ name }) => [name, 0]))
  const { outage = 0, ...others } = { ...kinds, ...failuresByName }
  return {
    ...others,
    slow,
    outages: Object.values(outages).reduce((sum, { length }) => sum + length, 0),
    'calls into them': outage,
    refused,
  }
}
