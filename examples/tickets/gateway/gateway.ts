import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Clock, systemClock } from '../../../src/index.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { Arrivals } from './arrivals.ts'
import { type BadTicketOptions, DEFAULT_SEED, isBadTicket } from './bad-ticket.ts'
import {
  type ApiName,
  type Endpoint,
  type EndpointName,
  endpointAt,
  endpointsOf,
  perApi,
  perEndpoint,
} from './endpoints.ts'
import { Exchange } from './exchange.ts'
import { drawFailure, type Failure, type FailureOptions, failuresAt, OUTAGE, type Reply } from './failure.ts'
import { type Body, readBody } from './json-body.ts'
import { rate } from './option.ts'
import { outageIn } from './outage-in.ts'
import { type OutageCounts, type OutageLength, type OutageOptions, Outages } from './outages.ts'
import { Receipts } from './receipts.ts'
import { Refusal } from './refusal.ts'
import { Sheets } from './sheets.ts'
import { type Statistics, sumOf, Tally } from './statistics.ts'
import { struckCall } from './struck-call.ts'

/** A request that has not arrived after this time is cut off. */
const REQUEST_MS = 10_000
/** Long, so that a call hardly ever meets a connection that is just being closed: that would be a failure nobody drew. */
const KEEP_ALIVE_MS = 60_000
/** How long calls under way may go on once the gateway closes. */
const CLOSE_GRACE_MS = 1_000

export interface GatewayOptions extends FailureOptions, BadTicketOptions, OutageOptions {
  /** Decides which tickets are bad and which calls fail: the n-th call of an endpoint always draws the same. Default: 1. */
  readonly seed?: number | undefined
  /** The port on 127.0.0.1; 0 picks one. Default: 0. */
  readonly port?: number | undefined
  /** Dates the receipts and answers, and times what is slow and the outages. Default: the system's. */
  readonly clock?: Clock | undefined
  /** Whether `arrivals()` tells when calls arrived. Default: false. */
  readonly keepArrivals?: boolean | undefined
}

export interface GatewayStatistics extends Statistics<EndpointName> {
  /** The last hundred of each API, in the order in which they began. */
  readonly outages: Readonly<Record<ApiName, readonly OutageCounts[]>>
}

/**
 * A fake of the ticketing APIs, kept in memory: receipts and spreadsheets that fail like the real ones.
 * Beside them, and in no real API, `GET /statistics` answers with `statistics()`, and `POST /outages` begins one; they never fail
 * and are not counted.
 *
 * 1. A call draws its failure when it arrives, from the numbers of its endpoint alone: how the calls of different
 *    endpoints interleave changes nothing. 2. During an outage of its API a call fails with that, whatever it drew, and no effect
 *    takes place. 3. Nothing is awaited between an effect and its answer, unless that is to be late.
 */
export class Gateway implements AsyncDisposable {
  readonly #server = createServer(
    { requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      const exchange = new Exchange(request, response, this.#clock, this.#closing.signal)
      this.#serve(exchange).catch((error: unknown) => {
        if (error instanceof Refusal) exchange.answer(error.reply)
        else if (request.complete) throw error // A bug in here, not a caller that hung up.
      })
    },
  )
  readonly #tallies = perEndpoint(() => new Tally())
  readonly #endpoints: readonly Endpoint[]
  readonly #failures: readonly Failure[]
  readonly #randoms: Readonly<Record<EndpointName, () => number>>
  readonly #outages: Readonly<Record<ApiName, Outages>>
  readonly #arrivals: Arrivals | undefined
  readonly #clock: Clock
  readonly #closing = new AbortController()
  #url = ''
  #closed: Promise<void> | undefined

  constructor(options: Omit<GatewayOptions, 'port'> = {}) {
    const { seed = DEFAULT_SEED, badTicketRate = 0, keepArrivals = false, clock = systemClock } = options
    const random = seededRandom(seed)
    rate('bad ticket', badTicketRate)
    const isBad = (ticketId: string): boolean => isBadTicket(ticketId, { seed, badTicketRate })
    this.#randoms = perEndpoint(() => seededRandom(Math.floor(random() * 2 ** 32)))
    this.#failures = failuresAt(options, clock)
    this.#outages = perApi(() => new Outages(clock, options))
    this.#endpoints = endpointsOf(new Receipts(() => new Date(clock.now())), new Sheets(), isBad)
    this.#arrivals = keepArrivals ? new Arrivals(clock) : undefined
    this.#clock = clock
  }

  /** Resolves once calls are taken. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.#url = `http://127.0.0.1:${address.port}`
  }

  /** Where it listens, or did before it closed; empty before it listens. */
  get url(): string {
    return this.#url
  }

  statistics(): GatewayStatistics {
    const endpoints = perEndpoint((name) => this.#tallies[name].counts())
    const outages = perApi((name) => this.#outages[name].counts())
    return { ...sumOf(Object.values(endpoints)), endpoints, outages }
  }

  /** When the first million calls arrived, in milliseconds of the clock's `elapsed()`. Needs `keepArrivals`. */
  arrivals(endpoint: EndpointName): readonly number[] {
    if (this.#arrivals === undefined) throw new Error('arrivals are not known: keepArrivals was not given')
    return this.#arrivals.of(endpoint)
  }

  /** From now on calls of the API fail, until the time is over. An outage that is on ends with that. */
  beginOutage(api: ApiName, length: OutageLength = {}): OutageCounts {
    return this.#outages[api].begin(length)
  }

  /** Takes no more calls, and resolves once those under way have ended. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#closing.abort()
    const cut = this.#clock.after(CLOSE_GRACE_MS, () => this.#server.closeAllConnections())
    await closed
    cut.cancel()
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request } = exchange
    const { method = '', url = '' } = request
    const path = url.replace(/\?.*$/s, '')
    if (method === 'GET' && path === '/statistics') exchange.answer({ status: 200, body: this.statistics() })
    else if (method === 'POST' && path === '/outages') {
      const { api, ...length } = outageIn(await readBody(request))
      exchange.answer({ status: 201, body: this.beginOutage(api, length) })
    } else {
      const { endpoint, sheet } = endpointAt(this.#endpoints, method, path)
      await this.#call(exchange, endpoint, sheet)
    }
  }

  async #call(exchange: Exchange, endpoint: Endpoint, sheet: string): Promise<void> {
    const tally = this.#tallies[endpoint.name]
    tally.arrived()
    this.#arrivals?.arrived(endpoint.name)
    const drawn = drawFailure(this.#failures, this.#randoms[endpoint.name])
    const body = await readBody(exchange.request)
    const effect = (): Reply => effectOf(endpoint, body, sheet)
    const outages = this.#outages[endpoint.api]
    const failure = outages.isOn ? OUTAGE : drawn
    if (failure === undefined) {
      const reply = effect()
      tally.answered(reply)
      exchange.answer(reply)
    } else {
      failure.play(struckCall({ failure, effect, exchange, outages, tally }))
    }
  }
}

/** Starts a gateway in this process. Resolves once it listens. */
export async function startGateway({ port = 0, ...options }: GatewayOptions = {}): Promise<Gateway> {
  const gateway = new Gateway(options)
  await gateway.listen(port)
  return gateway
}

function effectOf(endpoint: Endpoint, body: Body, sheet: string): Reply {
  try {
    return endpoint.effect(body, sheet)
  } catch (error) {
    if (error instanceof Refusal) return error.reply
    throw error
  }
}
