import { randomUUID } from 'node:crypto'
import { addAbortListener } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../src/index.ts'
import type { Reply } from './failure.ts'
import { httpDate } from './http-date.ts'

/** One request, and what the server makes of it. Whatever it is: it holds nothing once the caller has gone. */
export class Exchange {
  readonly request: IncomingMessage
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #closing: AbortSignal

  constructor(request: IncomingMessage, response: ServerResponse, clock: Clock, closing: AbortSignal) {
    this.request = request
    this.#response = response
    this.#clock = clock
    this.#closing = closing
  }

  answer({ status, body, headers }: Reply): void {
    const text = JSON.stringify(body)
    this.#response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
      'Correlation-ID': this.request.headers['correlation-id'] || randomUUID(),
      Date: httpDate(this.#clock.now()),
      ...headers,
      ...(this.#closing.aborted && { Connection: 'close' }),
    })
    this.#response.end(text)
  }

  /** Calls one of the two: `ready` after that time, or `gone` once the caller has gone. */
  hold(delayMs: number, ready: () => void, gone: () => void): void {
    if (this.#response.destroyed) return gone()
    const timer = this.#clock.after(delayMs, () => {
      this.#response.off('close', left)
      ready()
    })
    const left = (): void => {
      timer.cancel()
      gone()
    }
    this.#response.once('close', left)
  }

  /** The connection ends with an RST. */
  reset(): void {
    this.request.socket.resetAndDestroy()
  }

  /** The connection stays open, without an answer, until the caller goes or the server closes. */
  keepSilent(): void {
    const { socket } = this.request
    if (socket.destroyed) return
    const closing = addAbortListener(this.#closing, () => socket.destroy())
    socket.once('close', () => closing[Symbol.dispose]())
  }
}
