import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import express from 'express'
import { webhook } from '../../../src/express/index.ts'
import { systemClock, Worker } from '../../../src/index.ts'
import { type ListeningServer, startServer, type ServerTimes } from '../server.ts'

/** Half of them never end their headers, half never end their body. */
const SLOW = 1_000
const HEAD = 'POST /orders HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n'
const PROBLEM =
  /^HTTP\/1\.1 408 [^]*content-type: application\/problem\+json[^]*"the body must arrive within 4000 ms"\}$/

interface Shop extends AsyncDisposable {
  readonly url: string
  readonly worker: Worker<{ issueReceipt: (ticket: { readonly ticketId: string }) => Promise<void> }>
}

async function open(bodyMs: number, times: ServerTimes): Promise<Shop> {
  const worker = new Worker({
    tasks: { issueReceipt: async (_ticket: { readonly ticketId: string }) => {} },
    capacity: 100_000,
  })
  const messages = () => [{ task: 'issueReceipt', ticketId: 'a' }] as const
  const app = express().post('/orders', webhook({ worker, bodyMs, messages }))
  const server: ListeningServer = await startServer(app as RequestListener, 0, systemClock, times)
  return { url: server.url, worker, [Symbol.asyncDispose]: () => server.close() }
}

const post = ({ url }: Shop): Promise<Response> =>
  fetch(`${url}/orders`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })

/** A caller that sends the beginning of a request, and nothing more. */
class SlowCaller {
  readonly #socket: Socket
  readonly closed: Promise<unknown>
  answer = ''
  isOpen = true

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
      this.isOpen = false
    })
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.answer += text
    })
    // One that sends while it is cut off is reset.
    socket.on('error', () => {})
  }

  static async begin({ url }: Shop, bytes: string): Promise<SlowCaller> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    const caller = new SlowCaller(socket)
    socket.write(bytes)
    return caller
  }

  send(bytes: string): void {
    this.#socket.write(bytes)
  }
}

describe('the server of the examples', () => {
  it(`${SLOW} slow callers leave good orders alone, and all are cut off`, { timeout: 30_000 }, async () => {
    await using shop = await open(4_000, { headersMs: 4_000, requestMs: 5_000, checkMs: 50 })
    const slow = await Promise.all(
      Array.from({ length: SLOW }, (_, at) => SlowCaller.begin(shop, at % 2 === 0 ? HEAD : `${HEAD}\r\n{"a":`)),
    )
    const allClosed = Promise.all(slow.map(({ closed }) => closed)).then(() => true)
    let good = 0
    let besideOne = 0
    do {
      const { status } = await post(shop)
      assert.equal(status, 202)
      good += 1
      if (slow.some(({ isOpen }) => isOpen)) besideOne += 1
    } while (!(await Promise.race([allClosed, systemClock.yield()])))
    assert.ok(besideOne > 0, 'no good order was answered while slow callers were there')
    for (const [at, { answer }] of slow.entries()) {
      assert.match(answer, at % 2 === 0 ? /^HTTP\/1\.1 408 Request Timeout\r\n/ : PROBLEM)
    }
    const { waiting, running, done, dead } = await shop.worker.count()
    assert.deepEqual({ waiting, running, done, dead }, { waiting: good, running: 0, done: 0, dead: 0 })
  })

  it('a caller that sends a byte now and then is cut off all the same', { timeout: 10_000 }, async () => {
    await using shop = await open(300, { headersMs: 300, requestMs: 400, checkMs: 20 })
    const callers = await Promise.all([SlowCaller.begin(shop, HEAD), SlowCaller.begin(shop, `${HEAD}\r\n`)])
    for (let bytes = 0; callers.some(({ isOpen }) => isOpen); bytes += 1) {
      const next = systemClock.elapsed() + 10
      while (systemClock.elapsed() < next) await systemClock.yield()
      for (const caller of callers) if (caller.isOpen && bytes < 90) caller.send('a')
    }
    // What still sends may be reset before it has read its answer.
    for (const { answer } of callers) assert.match(answer, /^(?:HTTP\/1\.1 408 |$)/)
  })

  it('a caller that says nothing is cut off', { timeout: 10_000 }, async () => {
    await using shop = await open(300, { headersMs: 100, requestMs: 100, checkMs: 20 })
    const caller = await SlowCaller.begin(shop, '')
    await caller.closed
    assert.equal((await post(shop)).status, 202)
  })

  it('a caller that asks first is refused before it sends, or asked for its order', { timeout: 10_000 }, async () => {
    await using shop = await open(1_000, {})
    const head = HEAD.replace('\r\n', '\r\nexpect: 100-continue\r\n')
    const wrong = await SlowCaller.begin(shop, `${head.replace('/json', '/pdf')}\r\n`)
    await wrong.closed
    assert.match(wrong.answer, /^HTTP\/1\.1 415 /)
    const right = await SlowCaller.begin(shop, `${head}connection: close\r\n\r\n`)
    while (right.answer === '') await systemClock.yield()
    assert.equal(right.answer, 'HTTP/1.1 100 Continue\r\n\r\n')
    right.send('{}'.padEnd(99))
    await right.closed
    assert.match(right.answer, /HTTP\/1\.1 202 /)
  })
})
