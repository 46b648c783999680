import { argv } from 'node:process'
import { systemClock } from '../../../src/core/clock.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { CallLog } from '../call-log.ts'
import { pause } from '../pause.ts'
import { ticketCalls } from '../ticket-calls.ts'
import type { LimitOrder } from './limit-order.ts'
import { INTERVAL_MS, LIMIT } from './limiter.ts'
import { LIMITERS } from './limiters.ts'

// A fresh process for one limiter: takes a LimitOrder as its argument. The gateway sees when its calls arrive.

/** The longest that a call takes: half of it there, half of it back. */
const MAX_CALL_MS = 300

const order: LimitOrder = JSON.parse(argv[2] ?? '')
const random = seededRandom(order.seed)
const calls = ticketCalls(order.gatewayUrl, new CallLog())
let made = 0

const stop = new AbortController()
systemClock.after(order.seconds * 1_000, () => stop.abort())
const limiter = await LIMITERS[order.limiter]()
await limiter(call, 2 * order.seconds * LIMIT * (1_000 / INTERVAL_MS), stop.signal)

async function call(): Promise<void> {
  const oneWayMs = (random() * MAX_CALL_MS) / 2
  made += 1
  const ticketId = `ticket-${made}`
  await pause(oneWayMs)
  await calls.issueReceipt(ticketId)
  await pause(oneWayMs)
}
