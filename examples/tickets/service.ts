import { type Clock, type JobOf, type RetryOptions, type Store, systemClock, Worker } from '../../src/index.ts'
import { ticketsApp } from './app.ts'
import { startServer } from '../shared/server.ts'
import { Statistics } from './statistics.ts'
import { type TicketMessage, type TicketTasks, ticketTasks } from './tasks.ts'
import { upstreamsOf } from './upstreams.ts'

/** In memory. An order may have 10,000 tickets, and each is two messages. */
const CAPACITY = 20_000
/** How long one call of an API may take. */
const CALL_TIMEOUT_MS = 10_000
/** Dead jobs listed at once. */
const PAGE = 1_000

export interface ServiceOptions {
  /** Where the APIs are. */
  readonly gatewayAddr: string
  /** Where messages are kept; whoever opened it closes it, after `stop`. Default: in memory, 20,000 of them. */
  readonly store?: Store
  /** The port on 127.0.0.1; 0 picks one. Default: 0. */
  readonly port?: number
  /** How many calls may be under way at once, of each API half as many. Default: 20. */
  readonly concurrency?: number
  /** Default: the worker's. */
  readonly retry?: RetryOptions
  /** Default: 10,000. */
  readonly callTimeoutMs?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** What was in memory alone when the service stopped: it ends with the process. With a store there is nothing like that. */
export interface Left {
  readonly notDone: readonly TicketMessage[]
  readonly dead: readonly JobOf<TicketTasks>[]
}

export interface Service {
  readonly url: string
  readonly worker: Worker<TicketTasks>
  /** Settles when the worker has ended: after `stop`, or with the error that ended it. */
  readonly ended: Promise<unknown>
  /** Takes no more orders, lets what is under way end, and resolves with what is left. Safe to call twice. */
  stop(): Promise<Left>
}

/** Resolves once orders are taken and worked. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { gatewayAddr, store, port = 0, concurrency = 20, retry } = options
  const { callTimeoutMs = CALL_TIMEOUT_MS, clock = systemClock } = options
  const worker = new Worker({
    tasks: ticketTasks({ gatewayAddr, upstreams: upstreamsOf(concurrency, clock), timeoutMs: callTimeoutMs, clock }),
    ...(store === undefined ? { capacity: CAPACITY } : { store }),
    concurrency,
    clock,
    ...(retry && { retry }),
  })
  const statistics = new Statistics()
  const server = await startServer(ticketsApp({ worker, statistics }), port, clock).catch((error: unknown) => {
    statistics[Symbol.dispose]()
    throw error
  })
  const stopping = new AbortController()
  const ended = worker.run(stopping.signal)
  ended.catch(() => {}) // `stop` tells.

  const stop = async (): Promise<Left> => {
    await server.close()
    stopping.abort()
    const notDone = await ended
    statistics[Symbol.dispose]()
    return { notDone, dead: store === undefined ? await deadOf(worker) : [] }
  }
  let stopped: Promise<Left> | undefined
  return { url: server.url, worker, ended, stop: () => (stopped ??= stop()) }
}

async function deadOf(worker: Worker<TicketTasks>): Promise<readonly JobOf<TicketTasks>[]> {
  const dead: JobOf<TicketTasks>[] = []
  for (;;) {
    const after = dead.at(-1)?.id
    const page = await worker.list({ state: 'dead', limit: PAGE, ...(after && { after }) })
    dead.push(...page)
    if (page.length < PAGE) return dead
  }
}
