import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { describe, it } from 'node:test'
import { Caller, requestOf } from './caller.ts'
import { HandClock, Office, order } from './office.ts'
import { refusedBodies } from './refused-bodies.ts'
import { refusedRequests } from './refused-requests.ts'
import { signed } from './signing.ts'

/** How long a caller that still sends may take to read its answer. */
const LINGER_MS = 1_000
const GOOD = requestOf(order('good'), signed(order('good'), { id: 'good' }))
const NONE = { waiting: 0, running: 0, done: 0, dead: 0 }

describe('webhook: refusals of the bytes of a request', () => {
  for (const { name, options, request, status, detail, afterMs, isClosed = false } of [
    ...refusedBodies,
    ...refusedRequests,
  ]) {
    it(`${name}: ${status}`, { timeout: 10_000 }, async () => {
      const clock = new HandClock()
      await using office = await Office.open({ clock, ...options })
      await using caller = await Caller.connect(office.port)
      caller.write(request)
      if (afterMs !== undefined) await clock.ring(afterMs)
      const { status: answered, headers, body } = await caller.answer()

      assert.equal(answered, status, body)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['www-authenticate'], status === 401 ? 'StandardWebhooks' : undefined)
      const problem = JSON.parse(body)
      assert.deepEqual(problem, { type: 'about:blank', title: STATUS_CODES[status], status, detail: problem.detail })
      assert.match(problem.detail, detail)
      assert.ok(body.length < 300)
      assert.doesNotMatch(body, /node_modules|\/src\/|\.[jt]s\b|Error|\bat .*:\d+/)
      const { waiting, running, done, dead } = await office.worker.count()
      assert.deepEqual({ waiting, running, done, dead }, NONE)
      assert.deepEqual([office.failures, office.passedOn], [[], []])

      assert.equal(headers['connection'], isClosed ? 'close' : 'keep-alive')
      if (isClosed && afterMs === undefined) await clock.ring(LINGER_MS)
      if (isClosed) await caller.closed
      await using other = await Caller.connect(office.port)
      const next = isClosed ? other : caller
      next.write(options?.requireIdempotencyKey === true ? keyed() : GOOD)
      const { status: ofGood, body: told } = await next.answer()
      assert.equal(ofGood, 202, told)
      assert.deepEqual(
        clock.timers.filter(({ cancelled }) => !cancelled),
        [],
      )
    })
  }
})

const keyed = (): Uint8Array => requestOf(order('good'), { 'idempotency-key': 'good' })
