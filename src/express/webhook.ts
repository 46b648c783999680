import type { ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../core/clock.ts'
import { WillcallError } from '../core/errors.ts'
import { events } from '../core/events.ts'
import type { JobId } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { type StandardSchema, validate } from '../core/standard-schema.ts'
import type { OnceKey } from '../core/task.ts'
import type { Sender } from '../worker/sender.ts'
import { answer } from './answer.ts'
import { type BodyLimits, bodyOf, textOf } from './body.ts'
import { checkContentType } from './content-type.ts'
import { idempotencyKeyOf, onceOf } from './idempotency-key.ts'
import { FAILURE, refusal } from './problem.ts'
import { RefusedError } from './refused-error.ts'
import { accepted, type Reply } from './reply.ts'
import { type HttpRequest, isBodyRead, pathOf, waitsToSend, type WebhookRequest, webhookRequest } from './request.ts'
import { Signatures } from './signature.ts'
import { objectOf } from './strict-json.ts'
import { Turn } from './turn.ts'

/** Most messages of one order: they are the arguments of one call. */
const MAX_MESSAGES = 50_000

export interface WebhookOptions<Message extends { readonly task: string }, Body> {
  /** Where the messages go. */
  readonly worker: Pick<Sender<Message>, 'with'>
  /** Any Standard Schema. An order that does not fit is answered with 400; `messages` gets its output. Default: any object. */
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
  /**
   * How long a body may take to arrive before its caller is answered with 408 and cut off. Default 10,000. The time that the
   * headers take is the server's: see `webhook`.
   */
  readonly bodyMs?: number
  /** Whether an order without an `Idempotency-Key` is refused with 400. Default false. */
  readonly requireIdempotencyKey?: boolean
  /**
   * Takes only orders that are signed with this secret, or one of these, as https://www.standardwebhooks.com says; others are
   * refused with 401 before they are parsed. Each is base64, with or without `whsec_` before it. An order is known by its signed
   * `webhook-id` then, and an `Idempotency-Key` is not looked at. Needs the package `standardwebhooks`. Default: none.
   */
  readonly secret?: string | readonly string[]
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
 * What is not kept is answered with a problem (RFC 9457): 400, 401, 408, 413, 415, 422, 500, or 503 where there is no room.
 * An order sent again to the same path with the same `Idempotency-Key` gets the first answer; all callers of a path share its keys.
 *
 * A body is one object in JSON, whatever the schema takes: UTF-8 without a byte-order mark, no deeper than 32 levels, no name
 * twice in an object, no `__proto__`, no `prototype` in a `constructor`, no NUL, no lone surrogate, no number beyond a double.
 * It may come as gzip, deflate or br; what is signed is what it inflates to.
 *
 * What comes before the webhook is your server's to limit: give `createServer` a `headersTimeout`, a `requestTimeout` a bit longer
 * than `bodyMs`, which then answers first, and a `connectionsCheckingInterval` that is a fraction of them (its default of 30 s is
 * how late Node may be); and `server.on('checkContinue', app)`, so that who asks `Expect: 100-continue` is refused before it sends.
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
  readonly #limits: BodyLimits
  readonly #requireIdempotencyKey: boolean
  readonly #signatures: Signatures | undefined
  readonly #clock: Clock
  readonly #turn: Turn

  constructor(options: WebhookOptions<Message, Body>) {
    const { worker, schema, messages, maxWaitMs = 1_000, maxBytes = 1_048_576, bodyMs = 10_000 } = options
    const { requireIdempotencyKey = false, secret, clock = systemClock } = options
    this.#worker = worker
    this.#schema = schema
    this.#messages = messages
    this.#maxWaitMs = wholeNumber('maxWaitMs', maxWaitMs, 0)
    this.#turn = new Turn(clock)
    this.#limits = {
      maxBytes: wholeNumber('maxBytes', maxBytes, 1),
      bodyMs: wholeNumber('bodyMs', bodyMs, 1),
      clock,
      turn: this.#turn,
    }
    this.#requireIdempotencyKey = requireIdempotencyKey
    // A secret that is there but undefined, as from a missing setting, must not open the door.
    this.#signatures = 'secret' in options ? new Signatures(secret, clock) : undefined
    this.#clock = clock
  }

  async serve(request: HttpRequest, response: ServerResponse): Promise<void> {
    const reply = await this.#reply(request, response)
    await this.#turn.end()
    answer(reply, request, response, this.#limits)
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
    checkContentType(request)
    const claim = this.#signatures?.claimOf(request)
    const key = claim === undefined ? idempotencyKeyOf(request, this.#requireIdempotencyKey) : undefined
    const readBody = bodyOf(request, this.#limits)
    if (waitsToSend(request, response)) response.writeContinue()
    const bytes = await readBody()
    const signedBy = claim && this.#signatures?.verify(claim, bytes)
    const text = textOf(bytes)
    const body = await this.#fitting(objectOf(text))
    const messages = this.#messages(body, webhookRequest(request))
    // The path is not signed: whoever has heard an order could send it again to each spelling of that.
    const signed = claim && signedBy !== undefined ? { key: `${signedBy} ${claim.id}`, content: text } : undefined
    return this.#send(messages, signed ?? (key === undefined ? undefined : onceOf(request, key, text)), response)
  }

  #fitting(value: object): Body | Promise<Body> {
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
