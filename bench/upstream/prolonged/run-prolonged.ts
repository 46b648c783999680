import { argv, stdout } from 'node:process'
import { systemClock } from '../../../src/core/clock.ts'
import { task, Upstream, Worker } from '../../../src/index.ts'
import { upstreamHooks } from '../../../src/upstream/ky.ts'
import { beginOutage } from '../begin-outage.ts'
import { CallLog } from '../call-log.ts'
import { ticketCalls } from '../ticket-calls.ts'
import { MESSAGES, OUTAGE_MS, PROLONG_MS, type ProlongedOrder, type ProlongedResult } from './prolonged-order.ts'

// A fresh process for one run: takes a ProlongedOrder as its argument, and answers with one line of JSON.

interface Ticket {
  readonly ticketId: string
}

const { gatewayUrl }: ProlongedOrder = JSON.parse(argv[2] ?? '')
const upstream = new Upstream('receipts')
const calls = ticketCalls(gatewayUrl, new CallLog(), { receipts: { ...upstreamHooks(upstream), timeout: false } })
const run = ({ ticketId }: Ticket, { signal }: { readonly signal: AbortSignal }): Promise<void> =>
  calls.issueReceipt(ticketId, { signal })
const worker = new Worker({ tasks: { issueReceipt: task({ upstream, run }) } })
const stop = new AbortController()
const running = worker.run(stop.signal)

await beginOutage(gatewayUrl, OUTAGE_MS, PROLONG_MS)
const sentAt = systemClock.elapsed()
const ticketIds = Array.from({ length: MESSAGES }, (_, n) => `ticket-${n}`)
await worker.send(...ticketIds.map((ticketId) => ({ task: 'issueReceipt' as const, ticketId })))
await worker.idle()
const result: ProlongedResult = { doneMs: systemClock.elapsed() - sentAt }
stop.abort()
await running
stdout.write(`${JSON.stringify(result)}\n`)
