/**
 * `npm run demo`: a gateway that fails and the service, each in a process of its own, and orders for them. Ends with exit code 0
 * only if every ticket has exactly one receipt and one row.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import ky, { isHTTPError } from 'ky'
import { errorText, systemClock } from '../../src/index.ts'
import { startChild } from './child.ts'
import { readBooks } from './demo/books.ts'
import { LogTail } from './demo/log-tail.ts'
import { ordersOf } from './demo/orders.ts'
import { outcomeOf } from './demo/outcome.ts'
import { shownNumber } from './demo/progress.ts'
import { demoSettings } from './demo/settings.ts'
import { tableOf } from './demo/table.ts'
import { work } from './demo/work.ts'
import type { GatewayStatistics } from './gateway/gateway.ts'
import { startGatewayProcess } from './gateway/start.ts'
import { Stopped, stopSignal } from './stop-signal.ts'

/** What is not done by then counts as lost. */
const LIMIT_MS = 50_000
/** A service that has not ended this long after SIGTERM is killed: nothing here is worth waiting for. */
const STOP_MS = 5_000
/** Tickets named where something is wrong. */
const MAX_NAMED = 10

const stop = stopSignal(process.env)
try {
  await demo()
} catch (error) {
  console.error(error instanceof Stopped ? error.message : errorText(error))
  process.exitCode = error instanceof Stopped && error.by !== 'end of stdin' ? 128 + constants.signals[error.by] : 1
}

async function demo(): Promise<void> {
  const began = systemClock.elapsed()
  const settings = demoSettings(process.env)
  await using gateway = settings.gatewayAddr === undefined ? await startGatewayProcess() : undefined
  const gatewayAddr = settings.gatewayAddr ?? gateway!.url
  stop.throwIfAborted()
  const log = new LogTail()
  await using service = await startChild({
    name: 'the service',
    main: new URL('./main.ts', import.meta.url),
    env: { ...settings.serviceEnv, GATEWAY_ADDR: gatewayAddr },
    stopMs: STOP_MS,
    onComplaint: (text) => log.add(text),
  })
  stop.throwIfAborted()

  const orders = ordersOf(randomBytes(4).toString('hex'), settings.orders, settings.seed)
  const tickets = orders.flatMap((order) => order.tickets)
  console.log(`gateway at ${gatewayAddr}, service at ${service.url}`)
  console.log(`sending ${shownNumber(orders.length)} orders with ${shownNumber(tickets.length)} tickets`)
  try {
    const { statistics, finished } = await work({ service, orders, limitMs: LIMIT_MS, stream: process.stdout, stop })
    const calls = await statisticsAt(gatewayAddr)
    const { withReceipt, withRow } = await readBooks(gatewayAddr, stop)
    const { doubled, lost, ...found } = outcomeOf(tickets, withReceipt, withRow)
    const { retries } = statistics
    const counts = { ...found, calls: calls?.calls, failures: calls?.failures, retries }
    console.log(tableOf({ ...counts, doubled: doubled.length, lost: lost.length }))
    const wrong = [...(finished ? [] : [`not everything was done after ${LIMIT_MS / 1_000} s`]), ...doubled, ...lost]
    if (wrong.length > 0) throw new Error(sentenceOf(wrong))
  } catch (error) {
    if (!stop.aborted) for (const line of log.lines) console.error(`the service said: ${line}`)
    throw error
  }
  const seconds = ((systemClock.elapsed() - began) / 1_000).toFixed(1)
  console.log(`every ticket has exactly one receipt and one row, after ${seconds} s`)
}

/** Undefined where the APIs are not the fake gateway's. */
async function statisticsAt(gatewayAddr: string): Promise<GatewayStatistics | undefined> {
  try {
    return await ky.get(new URL('/statistics', gatewayAddr), { retry: 0 }).json<GatewayStatistics>()
  } catch (error) {
    if (isHTTPError(error)) return undefined
    throw error
  }
}

function sentenceOf(wrong: readonly string[]): string {
  const more = wrong.length > MAX_NAMED ? `; and ${wrong.length - MAX_NAMED} more` : ''
  return `${wrong.slice(0, MAX_NAMED).join('; ')}${more}`
}
