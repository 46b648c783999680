/**
 * `npm run demo`: a gateway that fails in every way and the service, each in a process of its own, and orders for them; the service
 * is killed while these come in. Ends with exit code 0 only if every ticket has exactly one row and, unless it was canceled, one
 * receipt; and each bad one neither.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import { join } from 'node:path'
import ky, { isHTTPError, isTimeoutError } from 'ky'
import { errorText, systemClock } from '../../src/index.ts'
import { readBooks } from './demo/books.ts'
import { type CallCounts, callCounts } from './demo/call-counts.ts'
import { killsOf } from './demo/kills.ts'
import { LogTail } from './demo/log-tail.ts'
import { ordersOf } from './demo/orders.ts'
import { jobsOfBad, outcomeOf } from './demo/outcome.ts'
import { shownNumber } from './demo/progress.ts'
import { ServiceProcess } from './demo/service-process.ts'
import { demoSettings } from './demo/settings.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { listOf, tableOf } from './demo/table.ts'
import { work } from './demo/work.ts'
import type { GatewayStatistics } from './gateway/gateway.ts'
import { startGatewayProcess } from './gateway/start.ts'
import { Stopped, stopSignal } from '../shared/stop-signal.ts'

/** What is not done by then counts as lost. */
const LIMIT_MS = 150_000
/** Other APIs may not answer what only the fake gateway has. */
const STATISTICS_MS = 2_000
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
  await using gateway =
    settings.gatewayAddr === undefined ? await startGatewayProcess({ env: settings.gatewayEnv }) : undefined
  const gatewayAddr = settings.gatewayAddr ?? gateway!.url
  // Of other APIs nobody knows which tickets they refuse: they should refuse none.
  const isBad = gateway === undefined ? () => false : settings.isBad
  const countsBefore = gateway === undefined ? await countsAt(gatewayAddr) : undefined
  stop.throwIfAborted()
  using folder = temporaryFolder('tickets')
  const log = new LogTail()
  await using service = new ServiceProcess({
    env: { ...settings.serviceEnv, GATEWAY_ADDR: gatewayAddr, DATABASE: join(folder.path, 'tickets.db') },
    onComplaint: (text) => log.add(text),
  })
  const serviceUrl = await service.url()
  stop.throwIfAborted()

  const orders = ordersOf(randomBytes(4).toString('hex'), settings.orders, settings.seed)
  const tickets = orders.flatMap((order) => order.tickets)
  console.log(`gateway at ${gatewayAddr}, service at ${serviceUrl}`)
  console.log(`sending ${shownNumber(orders.length)} orders with ${shownNumber(tickets.length)} tickets`)
  try {
    const kills = killsOf(orders.length, settings.kills, settings.seed)
    const parts = { service, orders, kills, limitMs: LIMIT_MS, stream: process.stdout, stop }
    const { dead, resent, finished } = await work(parts)
    const counts = await countsAt(gatewayAddr, countsBefore)
    const { doubled, lost, ...found } = outcomeOf(tickets, await readBooks(gatewayAddr, stop), isBad)
    const happened = { calls: counts?.calls, kills: kills.length, resent, dead }
    const wrongCounts = { doubled: doubled.length, lost: lost.length }
    console.log(tableOf({ ...found, bad: gateway && found.bad, ...happened, ...wrongCounts }))
    if (counts !== undefined) console.log(`how the calls failed:\n${listOf(counts.failures)}`)
    const shouldBeDead = jobsOfBad(tickets, isBad)
    const wrong = [
      ...(finished ? [] : [`not everything was done after ${LIMIT_MS / 1_000} s`]),
      ...(dead === shouldBeDead ? [] : [`${dead} jobs are dead instead of ${shouldBeDead}`]),
      ...doubled,
      ...lost,
    ]
    if (wrong.length > 0) throw new Error(sentenceOf(wrong))
    const seconds = ((systemClock.elapsed() - began) / 1_000).toFixed(1)
    console.log(`every ticket has exactly one row and, unless it was canceled, one receipt, after ${seconds} s`)
    if (found.bad > 0)
      console.log(`but for ${shownNumber(found.bad)} bad ones, which have neither: their jobs are dead`)
  } catch (error) {
    if (!stop.aborted) for (const line of log.lines) console.error(`the service said: ${line}`)
    throw error
  }
}

/** What the gateway counted, since `before` where that is given. Undefined where the APIs are not the fake gateway's. */
async function countsAt(gatewayAddr: string, before?: CallCounts): Promise<CallCounts | undefined> {
  try {
    const statistics = ky.get(new URL('/statistics', gatewayAddr), { retry: 0, timeout: STATISTICS_MS, signal: stop })
    return callCounts(await statistics.json<GatewayStatistics>(), before)
  } catch (error) {
    if (isHTTPError(error) || isTimeoutError(error)) return undefined
    throw error
  }
}

function sentenceOf(wrong: readonly string[]): string {
  const more = wrong.length > MAX_NAMED ? `; and ${wrong.length - MAX_NAMED} more` : ''
  return `${wrong.slice(0, MAX_NAMED).join('; ')}${more}`
}
