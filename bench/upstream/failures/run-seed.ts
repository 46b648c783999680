import ky from 'ky'
import { argv, exit } from 'node:process'
import type { GatewayStatistics } from '../../../examples/tickets/gateway/gateway.ts'
import { startGatewayProcess } from '../../../examples/tickets/gateway/start.ts'
import { type Left, type Service, startService } from '../../../examples/tickets/service.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { mistakesIn, readBooks } from '../books.ts'
import { pause } from '../pause.ts'
import type { SeedOrder, SeedResult, SeedTold } from './seed-order.ts'
import { bodyOf, dueDead, dueOf, jobName, ordersOf, RATE } from './seed-tickets.ts'

// A fresh process for one seed, forked: takes a SeedOrder as its argument, and sends SeedTold. The gateway is another process.

/** Ends the calls that are never answered. */
const CALL_TIMEOUT_MS = 1_000
const ANSWER_MS = 60_000
const PROGRESS_MS = 5_000

const GATEWAY_ENV = {
  FAIL_RATE: String(RATE),
  LIMIT_RATE: String(RATE),
  UNAVAILABLE_RATE: String(RATE),
  // A 429 then says 0 seconds, and a 503 the next whole second.
  RETRY_AFTER_MS: '0',
  RESET_BEFORE_RATE: String(RATE),
  RESET_AFTER_RATE: String(RATE),
  SILENT_BEFORE_RATE: String(RATE),
  SILENT_AFTER_RATE: String(RATE),
  BAD_TICKET_RATE: String(RATE),
  SLOW_RATE: String(RATE),
  OUTAGE_RATE: String(RATE),
  OUTAGE_MS: '200',
  OUTAGE_PROLONG_MS: '20',
}

process.once('disconnect', () => exit(1))

const order: SeedOrder = JSON.parse(argv[2] ?? '')
const orders = ordersOf(order)
const tickets = orders.flat()

const result = await seedResult()
process.send?.({ result } satisfies SeedTold, () => exit())

async function seedResult(): Promise<SeedResult> {
  const startMs = systemClock.elapsed()
  await using gateway = await startGatewayProcess({ env: { ...GATEWAY_ENV, SEED: String(order.seed) } })
  const service = await startService({
    gatewayAddr: gateway.url,
    callTimeoutMs: CALL_TIMEOUT_MS,
    retry: { minMs: 50, maxMs: 1_000 },
  })
  await sendOrders(service.url)
  const watching = new AbortController()
  const watched = tellProgress(service.worker, watching.signal)
  await service.worker.idle()
  watching.abort()
  await watched
  const left = await service.stop()
  const statistics = await gateway.statistics()
  // Ends the outages that are on, so that the books can be read.
  for (const api of ['receipts', 'spreadsheets'] as const) await gateway.beginOutage(api, { ms: 1, prolongMs: 0 })
  const { lost, doubled } = mistakesIn(await readBooks(gateway.url), dueOf(tickets))
  return {
    seed: order.seed,
    badTickets: tickets.filter(({ isBad }) => isBad).length,
    dead: left.dead.length,
    calls: statistics.calls,
    happened: happenedIn(statistics),
    seconds: (systemClock.elapsed() - startMs) / 1_000,
    lost: [...lost, ...wrongEnds(left)],
    doubled,
  }
}

async function sendOrders(serviceUrl: string): Promise<void> {
  for (const [number, ofOrder] of orders.entries()) {
    const path = ofOrder[0]?.way === 'confirmation' ? 'tickets-confirmation' : 'tickets-status'
    const { status } = await ky.post(`${serviceUrl}/${path}`, {
      headers: { 'Idempotency-Key': `seed-${order.seed}-order-${number}` },
      json: { tickets: ofOrder.map(bodyOf) },
      retry: 0,
      timeout: ANSWER_MS,
    })
    if (status !== 202) throw new Error(`an order must be answered with 202, got ${status}`)
  }
}

async function tellProgress(worker: Pick<Service['worker'], 'count'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { waiting, running, dead } = await worker.count()
    process.send?.({ progress: { waiting: waiting + running, dead } } satisfies SeedTold)
    await Promise.race([pause(PROGRESS_MS), new Promise((resolve) => signal.addEventListener('abort', resolve))])
  }
}

/** A good ticket's job that is dead, a bad one's that is not, and whatever was not done. */
function wrongEnds({ notDone, dead }: Left): readonly string[] {
  const due = dueDead(tickets)
  const found = new Map(
    dead.map(({ task, payload, error }) => {
      const ticketId = 'ticketId' in payload ? payload.ticketId : payload.row[0]
      return [jobName(task, ticketId), error]
    }),
  )
  return [
    ...notDone.map((message) => `not done: ${JSON.stringify(message)}`),
    ...[...due].filter((name) => !found.has(name)).map((name) => `${name}, a bad ticket, is not dead`),
    ...[...found].filter(([name]) => !due.has(name)).map(([name, error]) => `${name} is dead: ${error}`),
  ]
}

function happenedIn({ endpoints }: GatewayStatistics): SeedResult['happened'] {
  const happened = Object.entries(endpoints).map(([name, { calls, failures, refused, slow, failuresByName }]) => [
    name,
    { ...failuresByName, slow, 'bad ticket': refused, 'none of these': calls - failures - refused - slow },
  ])
  return Object.fromEntries(happened) as SeedResult['happened']
}
