import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../../../src/index.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { type Endpoint, type EndpointName, endpointAt, endpointsOf, perEndpoint } from './endpoints.ts'
import { drawFailure, type Failure, type FailureRates, failuresAt, type Reply } from './failure.ts'
import { type Body, readBody } from './json-body.ts'
import { Receipts } from './receipts.ts'
import { Refusal } from './refusal.ts'
import { Sheets } from './sheets.ts'
import { type Statistics, sumOf, Tally } from './statistics.ts'

/** A request that has not arrived after this time is cut off. */
const REQUEST_MS = 10_000
/** Long, so that a call hardly ever meets a connection that is just being closed: that would be a failure nobody drew. */
const KEEP_ALIVE_MS = 60_000
/** How long calls under way may go on once the gateway closes. */
const CLOSE_GRACE_MS = 1_000

export interface GatewayOptions extends FailureRates {
  /** Decides which calls fail: the n-th call of an endpoint always fares the same. Default: 1. */
  readonly seed?: number | undefined
  /** The port on 127.0.0.1; 0 picks one. Default: 0. */
  readonly port?: number | undefined
  /** Dates the receipts. Default: the system's. */
  readonly clock?: Clock | undefined
}

export type GatewayStatistics = Statistics<EndpointName>

/**
 * A fake of the ticketing APIs, kept in memory: receipts and spreadsheets that fail like the real ones.
 * Beside them, and in no real API, `GET /statistics` answers with `statistics()`; it never fails and is not counted.
 *
 * 1. A call draws its failure when it arrives, from the numbers of its endpoint alone: how the calls of different
 *    endpoints interleave changes nothing. 2. Nothing is awaited between an effect and its answer.
 */
export class Gateway implements AsyncDisposable {
  readonly #server = createServer(
    { requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      const answer = (reply: Reply): void => this.#answer(request, response, reply)
      this.#serve(request, answer).catch((error: unknown) => {
        if (error instanceof Refusal) answer(error.reply)
        else if (request.complete) throw error // A bug in here, not a caller that hung up.
      })
    },
  )
  readonly #tallies = perEndpoint(() => new Tally())
  readonly #endpoints: readonly Endpoint[]
  readonly #failures: readonly Failure[]
  readonly #randoms: Readonly<Record<EndpointName, () => number>>
  readonly #clock: Clock
  #url = ''
  #closed: Promise<void> | undefined

  constructor({ seed = 1, clock = systemClock, ...rates }: Omit<GatewayOptions, 'port'> = {}) {
    const random = seededRandom(seed)
    this.#randoms = perEndpoint(() => seededRandom(Math.floor(random() * 2 ** 32)))
    this.#failures = failuresAt(rates)
    this.#endpoints = endpointsOf(new Receipts(() => new Date(clock.now())), new Sheets())
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
    return { ...sumOf(Object.values(endpoints)), endpoints }
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
    const cut = this.#clock.after(CLOSE_GRACE_MS, () => this.#server.closeAllConnections())
    await closed
    cut.cancel()
  }

  async #serve(request: IncomingMessage, answer: (reply: Reply) => void): Promise<void> {
    const { method = '', url = '' } = request
    const path = url.replace(/\?.*$/s, '')
    if (method === 'GET' && path === '/statistics') {
      answer({ status: 200, body: this.statistics() })
      return
    }
    const { endpoint, sheet } = endpointAt(this.#endpoints, method, path)
    const tally = this.#tallies[endpoint.name]
    tally.arrived()
    const failure = drawFailure(this.#failures, this.#randoms[endpoint.name])
    const body = await readBody(request)
    const effect = (): Reply => effectOf(endpoint, body, sheet)
    if (failure === undefined) {
      const reply = effect()
      tally.answered(reply)
      answer(reply)
    } else {
      tally.failed(failure.name)
      failure.play({ effect, answer })
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
    const text = JSON.stringify(body)
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
      'Correlation-ID': request.headers['correlation-id'] || randomUUID(),
      ...(!this.#server.listening && { Connection: 'close' }),
    })
    response.end(text)
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
