import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { webhook, type WebhookOptions } from '../../src/express/index.ts'
import { type Clock, type Events, subscribe, systemClock, Worker } from '../../src/index.ts'

export interface Ticket {
  readonly ticketId: string
  readonly note?: object
}

/** The ids of an order. */
export interface Kept {
  readonly jobs: readonly string[]
}

export type TicketMessage = { readonly task: 'issueReceipt' } & Ticket
export interface OfficeOptions extends Partial<WebhookOptions<TicketMessage, unknown>> {
  readonly capacity?: number
  /** Mounted before the webhook. */
  readonly before?: RequestHandler
  /** What a handler does with a ticket. Nothing is worked before `run`. */
  readonly issueReceipt?: (ticket: Ticket) => void
}

export const ORDERS = '/shop/orders'

/** A webhook behind a server, with a worker of its own that does not run. */
export class Office implements AsyncDisposable {
  readonly worker: Worker<{ issueReceipt: (ticket: Ticket) => Promise<void> }>
  readonly failures: Events['webhook.failed'][] = []
  /** What the webhook gave to `next`. */
  readonly passedOn: unknown[] = []
  readonly #server
  readonly #deafen

  private constructor(options: OfficeOptions) {
    const { capacity = 100, before = (_request, _response, next) => next(), issueReceipt = () => {} } = options
    this.worker = new Worker({ tasks: { issueReceipt: async (ticket: Ticket) => issueReceipt(ticket) }, capacity })
    this.#deafen = subscribe('webhook.failed', (fact) => this.failures.push(fact))
    const shop = express.Router()
    shop.post('/orders', before, webhook({ worker: this.worker, messages: ticketsOf, ...options }))
    const app = express()
    app.use('/shop', shop)
    app.use(this.#passedOn)
    this.#server = createServer(app as RequestListener)
  }

  readonly #passedOn: express.ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    this.passedOn.push(error)
    response.status(500).end()
  }

  static async open(options: OfficeOptions = {}): Promise<Office> {
    const office = new Office(options)
    office.#server.listen(0, '127.0.0.1')
    await once(office.#server, 'listening')
    return office
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Sends one order, as JSON unless the headers say something else. */
  post(body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, path = ORDERS): Promise<Response> {
    const { 'content-type': contentType = 'application/json', ...others } = headers
    const duplex = body instanceof ReadableStream ? { duplex: 'half' as const } : {}
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST',
      body,
      headers: { ...others, ...(contentType === '' ? {} : { 'content-type': contentType }) },
      ...duplex,
    })
  }

  async kept(): Promise<number> {
    const { waiting, running, done, dead } = await this.worker.count()
    return waiting + running + done + dead
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deafen()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** An order as JSON. */
export const order = (...ticketIds: readonly unknown[]): string => JSON.stringify({ tickets: ticketIds })

/** Every ticket is one message; a body without tickets is none. */
export const ticketsOf = (body: unknown): readonly TicketMessage[] =>
  ((body as { tickets?: string[] } | null)?.tickets ?? []).map((ticketId) => ({ task: 'issueReceipt', ticketId }))

/** Resolves once it is true; the test's time-out ends a wait for what never comes. */
export const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await systemClock.yield()
}

interface HandTimer {
  readonly delayMs: number
  readonly ring: () => void
  cancelled: boolean
}

/** Timers ring by hand, and turns end by hand once `holdTurns` was called. */
export class HandClock implements Clock {
  readonly timers: HandTimer[] = []
  yields = 0
  #held: Promise<void> | undefined
  #letGo: () => void = () => {}

  now(): number {
    return systemClock.now()
  }

  elapsed(): number {
    return systemClock.elapsed()
  }

  after(delayMs: number, ring: () => void): { cancel: () => void } {
    const timer: HandTimer = { delayMs, ring, cancelled: false }
    this.timers.push(timer)
    return {
      cancel: () => {
        timer.cancelled = true
      },
    }
  }

  /** Rings a timer of so many milliseconds, once there is one that waits. */
  async ring(delayMs: number): Promise<void> {
    const waiting = (): HandTimer | undefined =>
      this.timers.find((timer) => timer.delayMs === delayMs && !timer.cancelled)
    await until(() => waiting() !== undefined)
    const timer = waiting()
    if (timer === undefined) return
    timer.cancelled = true
    timer.ring()
  }

  yield(): Promise<void> {
    this.yields += 1
    return this.#held ?? systemClock.yield()
  }

  holdTurns(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    this.#letGo = resolve
  }

  endTurn(): void {
    this.#held = undefined
    this.#letGo()
  }
}
