import type { ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../core/clock.ts'
import { WillcallError } from '../core/errors.ts'
import { events } from '../core/events.ts'
import type { JobId } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { type StandardSchema, validate } from '../core/standard-schema.ts'
import type { OnceKey } from '../core/task.ts'
import type { Sender } from '../worker/sender.ts'
import { bodyReader, jsonOf, type ReadBody, textOf } from './body.ts'
import { checkContentType } from './content-type.ts'
import { idempotencyKeyOf, onceOf } from './idempotency-key.ts'
import { FAILURE, refusal } from './problem.ts'
import { RefusedError } from './refused-error.ts'
import { accepted, type Reply, write } from './reply.ts'
import { type HttpRequest, isBodyRead, pathOf, type WebhookRequest, webhookRequest } from './request.ts'
import { Turn } from './turn.ts'

/** Most messages of one order: they are the arguments of one call. */
const MAX_MESSAGES = 50_000

export interface WebhookOptions<Message extends { readonly task: string }, Body> {
  /** Where the messages go. */
  readonly worker: Pick<Sender<Message>, 'with'>
  /** Any Standard Schema. An order that does not fit is answered with 400; `messages` gets its output. Default: any JSON. */
  readonly schema?: StandardSchema<unknown, Body>
  /**
   * What is to be done for an order: all of it is kept, or nothing. Throw a `RefusedError` to refuse the order, or a
   * `PayloadError` to list what is wrong with it; whatever else it throws is answered with 500 and published as `webhook.failed`.
   */
  readonly messages: (body: NoInfer<Body>, request: WebhookRequest) => readonly NoInfer<Message>[]
  /** How long an order waits for room before it is answered with 503. Default 1,000. */
  readonly maxWaitMs?: number
  /** The largest body, as it is sent and as it is once inflated. Default 1,048,576 (1 MiB). */
  readonly maxBytes?: number
  readonly clock?: Clock
}

/** What Express calls, as in `app.post('/orders', webhook(…))`. Resolves when the order is answered; never rejects. */
export type WebhookListener = (
  request: HttpRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Takes orders for Express 5, and only enqueues them: the answer is 202 with the ids of the jobs once every message is kept.
 * What is not kept is answered with a problem (RFC 9457): 400, 413, 415, 422, 500, or 503 where there is no room.
 * An order sent again to the same path with the same `Idempotency-Key` gets the first answer; all callers of a path share its keys.
 */
export function webhook<const Message extends { readonly task: string }, Body = unknown>(
  options: WebhookOptions<Message, Body>,
): WebhookListener {
  const window = new Window(options)
  return async (request, response, next) => {
    try {
      if (isBodyRead(request)) throw alreadyRead()
      await window.serve(request, response)
    } catch (error) {
      next(error)
    }
  }
}

/** Where orders are handed in. Each is answered once, at the end of the turn in which its fate is known. */
class Window<Message extends { readonly task: string }, Body> {
  readonly #worker: Pick<Sender<Message>, 'with'>
  readonly #schema: StandardSchema<unknown, Body> | undefined
  readonly #messages: (body: Body, request: WebhookRequest) => readonly Message[]
  readonly #maxWaitMs: number
  readonly #readBody: ReadBody
  readonly #clock: Clock
  readonly #turn: Turn

  constructor(options: WebhookOptions<Message, Body>) {
    const { worker, schema, messages, maxWaitMs = 1_000, maxBytes = 1_048_576, clock = systemClock } = options
    this.#worker = worker
    this.#schema = schema
    this.#messages = messages
    this.#maxWaitMs = wholeNumber('maxWaitMs', maxWaitMs, 0)
    this.#readBody = bodyReader(wholeNumber('maxBytes', maxBytes, 1))
    this.#clock = clock
    this.#turn = new Turn(clock)
  }

  async serve(request: HttpRequest, response: ServerResponse): Promise<void> {
    const reply = await this.#reply(request, response)
    await this.#turn.end()
    write(reply, response)
  }

  async #reply(request: HttpRequest, response: ServerResponse): Promise<Reply> {
    try {
      return accepted(await this.#enqueue(request, response))
    } catch (error) {
      const refused = refusal(error)
      if (refused !== undefined) return refused
      events['webhook.failed'].publish({ path: pathOf(request), error })
      return FAILURE
    }
  }

  async #enqueue(request: HttpRequest, response: ServerResponse): Promise<readonly JobId[]> {
    checkContentType(request.headers['content-type'])
    const key = idempotencyKeyOf(request)
    const text = textOf(await this.#readBody(request, response))
    const body = await this.#bodyOf(jsonOf(text))
    const messages = this.#messages(body, webhookRequest(request))
    const once = key === undefined ? undefined : onceOf(request, key, text)
    return this.#send(messages, once, response)
  }

  #bodyOf(value: unknown): Body | Promise<Body> {
    return this.#schema === undefined ? (value as Body) : validate(this.#schema, value, 'the body')
  }

  async #send(
    messages: readonly Message[],
    once: OnceKey | undefined,
    response: ServerResponse,
  ): Promise<readonly JobId[]> {
    if (messages.length > MAX_MESSAGES) throw tooManyMessages(messages.length)
    const wait = new AbortController()
    const options = { signal: wait.signal }
    const sent = this.#worker.with(once === undefined ? options : { ...options, once }).send(...messages)
    const ids = await Promise.race([sent, this.#turn.end()])
    return ids ?? this.#untilSent(sent, wait, response)
  }

  /** A wait for room ends with `maxWaitMs`, or with the caller; what has been let in is waited for without end. */
  async #untilSent(
    sent: Promise<readonly JobId[]>,
    wait: AbortController,
    response: ServerResponse,
  ): Promise<readonly JobId[]> {
    const leave = (): void => wait.abort(noRoom())
    const timer = this.#clock.after(this.#maxWaitMs, leave)
    response.once('close', leave)
    if (response.destroyed) leave()
    try {
      return await sent
    } finally {
      timer.cancel()
      response.off('close', leave)
    }
  }
}

const alreadyRead = (): WillcallError =>
  new WillcallError(
    'body_already_read',
    'the webhook could not read the body of the request: something before it has; mount the webhook before express.json() and the like',
  )

const tooManyMessages = (count: number): RefusedError =>
  new RefusedError(`the order makes ${count} messages, more than ${MAX_MESSAGES}`, { status: 413 })

const noRoom = (): WillcallError =>
  new WillcallError('no_room', 'the order could not be kept: no room came free while its caller waited')
