import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import express from 'express'
import { webhook } from '../../src/express/index.ts'
import { Worker } from '../../src/index.ts'
import { Caller, chunkedOf, requestOf } from './caller.ts'
import { HandClock, Office, ORDERS, order, ticketsOf, until } from './office.ts'

const BODY = order('a')
const EXPECT = { expect: '100-continue' }

describe('webhook: the connection after a refusal', () => {
  it('a caller that does not stop sending reads its answer, and is closed once it has', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ maxBytes: 1_000, clock })
    await using caller = await Caller.connect(office.port)
    caller.write(chunkedOf(['x'.repeat(2_000)], {}, false))
    const answer = caller.answer()
    for (let megabytes = 0; megabytes < 8; megabytes += 1) caller.write(`100000\r\n${'x'.repeat(2 ** 20)}\r\n`)
    assert.equal((await answer).status, 413)
    caller.write('0\r\n\r\n')
    await caller.closed
    assert.ok(clock.timers.every(({ cancelled }) => cancelled))
  })

  it('one whose body is of no interest is closed as soon as it has sent it', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ clock })
    await using caller = await Caller.connect(office.port)
    caller.write(chunkedOf(['a=1'], { 'content-type': 'application/x-www-form-urlencoded' }, false))
    assert.equal((await caller.answer()).status, 415)
    for (let times = 0; times < 100; times += 1) caller.write(`2710\r\n${'x'.repeat(10_000)}\r\n`)
    caller.write('0\r\n\r\n')
    await caller.closed
  })

  it('a caller that reads nothing and sends for ever is cut off', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ maxBytes: 1_000, clock })
    await using caller = await Caller.connect(office.port)
    caller.write(chunkedOf(['x'.repeat(2_000)], {}, false))
    assert.equal((await caller.answer()).status, 413)
    caller.write(`100000\r\n${'x'.repeat(2 ** 10)}`)
    await clock.ring(1_000)
    await caller.closed
  })

  it('one that hangs up instead of reading its answer leaves no timer behind', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ maxBytes: 1_000, clock })
    const caller = await Caller.connect(office.port)
    caller.write(chunkedOf(['x'.repeat(2_000)], {}, false))
    await until(() => clock.timers.some(({ delayMs }) => delayMs === 1_000))
    await caller[Symbol.asyncDispose]()
    await until(() => clock.timers.every(({ cancelled }) => cancelled))
    assert.deepEqual([office.failures, office.passedOn], [[], []])
  })

  it('the small rest of a refused body must come within bodyMs, or the connection is cut', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ bodyMs: 250, clock })
    await using caller = await Caller.connect(office.port)
    caller.write(requestOf('{', { 'content-type': 'text/plain', 'content-length': '9' }))
    const { status, headers } = await caller.answer()
    assert.deepEqual([status, headers['connection']], [415, 'keep-alive'])
    await clock.ring(250)
    await caller.closed
  })

  it('when that rest comes, the next order is taken on the same connection', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ bodyMs: 250, clock })
    await using caller = await Caller.connect(office.port)
    caller.write(requestOf('{', { 'content-type': 'text/plain', 'content-length': '9' }))
    assert.equal((await caller.answer()).status, 415)
    caller.write('"abcdef}')
    caller.write(requestOf(BODY))
    assert.equal((await caller.answer()).status, 202)
    assert.deepEqual(
      clock.timers.map(({ delayMs, cancelled }) => [delayMs, cancelled]),
      [[250, true]],
    )
  })

  for (const [name, when] of [
    ['before the webhook', 'before'],
    ['while the webhook reads', 'after'],
  ] as const) {
    it(`a request that is destroyed ${name} is not waited for, and keeps nothing`, async () => {
      const clock = new HandClock()
      let isNextDone = false
      await using office = await Office.open({
        clock,
        before: (request, _response, next) => {
          const goOn = (): void => {
            next()
            isNextDone = true
          }
          if (when === 'before') request.once('close', goOn)
          else goOn()
          request.destroy()
        },
      })
      await using caller = await Caller.connect(office.port)
      caller.write(requestOf('', { 'content-length': '99' }))
      await caller.closed
      await until(() => isNextDone)
      assert.ok(clock.timers.every(({ cancelled }) => cancelled))
      assert.equal(await office.kept(), 0)
      assert.deepEqual([office.failures, office.passedOn], [[], []])
    })
  }

  it('a body in chunks of one byte each is taken', async () => {
    await using office = await Office.open()
    await using caller = await Caller.connect(office.port)
    const body = order(...Array.from({ length: 30 }, (_, at) => `ticket ${at}`.padEnd(100)))
    caller.write(chunkedOf(body.split('')))
    assert.equal((await caller.answer()).status, 202)
    const jobs = await office.worker.list()
    assert.deepEqual(
      jobs.map(({ payload }) => payload.ticketId),
      JSON.parse(body).tickets,
    )
  })

  it('a body in two halves is taken, however long after its head, and its timer ends with it', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ clock })
    await using caller = await Caller.connect(office.port)
    const bytes = requestOf(BODY)
    caller.write(bytes.subarray(0, -4))
    await until(() => clock.timers.length === 1)
    caller.write(bytes.subarray(-4))
    assert.equal((await caller.answer()).status, 202)
    assert.deepEqual(
      clock.timers.map(({ delayMs, cancelled }) => [delayMs, cancelled]),
      [[10_000, true]],
    )
  })
})

describe('webhook: Expect: 100-continue', () => {
  const listen = async (isTold: boolean): Promise<{ readonly port: number } & Disposable> => {
    const worker = new Worker({ tasks: { issueReceipt: async (_ticket: { ticketId: string }) => {} } })
    const app = express().post(ORDERS, webhook({ worker, messages: ticketsOf }))
    const server = createServer(app as RequestListener)
    if (isTold) server.on('checkContinue', app)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const close = (): void => {
      server.close()
      server.closeAllConnections()
    }
    return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: close }
  }

  for (const isTold of [true, false]) {
    it(`an order is asked for once and kept, where the server ${isTold ? 'leaves' : 'does not leave'} it to the app`, async () => {
      using server = await listen(isTold)
      await using caller = await Caller.connect(server.port)
      const bytes = requestOf(BODY, EXPECT)
      caller.write(bytes.subarray(0, -BODY.length))
      await until(() => caller.received !== '')
      assert.equal(caller.received, 'HTTP/1.1 100 Continue\r\n\r\n')
      caller.write(BODY)
      assert.equal((await caller.answer()).status, 202)
      assert.equal(caller.received, '')
    })
  }

  for (const [name, headers, status] of [
    ['too large', { 'content-length': '9999999' }, 413],
    ['no JSON', { 'content-type': 'text/plain', 'content-length': '9' }, 415],
    ['zstd', { 'content-encoding': 'zstd', 'content-length': '9' }, 415],
  ] as const) {
    it(`a body that is ${name} by its headers is refused before it is sent`, async () => {
      using server = await listen(true)
      await using caller = await Caller.connect(server.port)
      caller.write(requestOf('', { ...EXPECT, ...headers }))
      await until(() => caller.received !== '')
      assert.doesNotMatch(caller.received, /100 Continue/)
      assert.equal((await caller.answer()).status, status)
      await caller.closed
    })
  }
})
