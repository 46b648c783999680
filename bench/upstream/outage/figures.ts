import type { Outage } from '../begin-outage.ts'
import type { Api, LoggedCall } from '../call-log.ts'
import type { OutageResult } from './outage-order.ts'

interface Run {
  readonly calls: readonly LoggedCall[]
  /** When each ticket was sent. */
  readonly sentAt: ReadonlyMap<string, number>
  readonly startedAt: number
  readonly outage: Outage
  readonly attemptsSpent: number | undefined
  readonly closedAt: number | undefined
}

/** What the calls of a run say of it. */
export function figuresOf({ calls, sentAt, startedAt, outage, attemptsSpent, closedAt }: Run): OutageResult {
  const inVain = calls.filter(({ ok }) => !ok)
  const receiptAt = firstDone(calls, 'receipts')
  const rowAt = firstDone(calls, 'spreadsheets')
  const rowsBetween = (from: number, until: number): number =>
    [...rowAt.values()].filter((at) => at >= from && at < until).length / ((until - from) / 1_000)

  const waiting = [...sentAt].filter(([id, at]) => at < outage.until && !(doneAt(receiptAt, id) < outage.until))
  const receiptsAt = Math.max(...waiting.map(([id]) => doneAt(receiptAt, id)))
  const allAt = Math.max(...[...sentAt.keys()].map((id) => Math.max(doneAt(receiptAt, id), doneAt(rowAt, id))))
  return {
    mostAtOnce: mostAtOnce(inVain),
    ...(closedAt !== undefined && { mostProbesAtOnce: mostAtOnce(inVain.filter(({ beganAt }) => beganAt > closedAt)) }),
    rowsPerSecondBefore: rowsBetween(startedAt, outage.from),
    rowsPerSecondDuring: rowsBetween(outage.from, outage.until),
    waiting: waiting.length,
    ...(Number.isFinite(receiptsAt) && { receiptsAfterMs: receiptsAt - outage.until }),
    ...(Number.isFinite(allAt) && { allAfterMs: allAt - outage.until }),
    attemptsSpent: attemptsSpent ?? inVain.length,
  }
}

const doneAt = (times: ReadonlyMap<string, number>, ticketId: string): number =>
  times.get(ticketId) ?? Number.POSITIVE_INFINITY

const mostAtOnce = (calls: readonly LoggedCall[]): number => Math.max(0, ...calls.map(({ atOnce }) => atOnce))

/** When the API first answered each ticket's call as it should. */
function firstDone(calls: readonly LoggedCall[], api: Api): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const call of calls) {
    if (call.api === api && call.ok && !times.has(call.ticketId)) times.set(call.ticketId, call.endedAt)
  }
  return times
}
