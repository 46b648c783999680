import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../gateway/gateway.ts'

const RECEIPTS = '/receipts-api/receipts'
const ROWS = '/spreadsheets-api/sheets/tickets-to-print/rows'

/** At a rate of 0.5 it strikes the first write of either API, but not the second and third, nor the first five reads. */
const SEED = 72_927
const HOUR_MS = 3_600_000

type Write = (gateway: Gateway, signal?: AbortSignal) => Promise<Response>

const write = (method: string, path: string, body: unknown): Write => {
  const text = JSON.stringify(body)
  return ({ url }, signal) => fetch(`${url}${path}`, { method, body: text, ...(signal && { signal }) })
}
const putReceipt = write('PUT', RECEIPTS, { ticket_id: 'a' })
const postRow = write('POST', ROWS, { columns: ['a'] })

/** How often each API has the ticket. */
const kept = async ({ url }: Gateway): Promise<readonly number[]> => {
  const receipts = await (await fetch(`${url}${RECEIPTS}`)).json()
  const { rows } = (await (await fetch(`${url}${ROWS}`)).json()) as { rows: unknown }
  assert.ok(Array.isArray(receipts) && Array.isArray(rows), 'a seed whose first reads are answered')
  return [receipts.length, rows.length]
}

const striking = (options: GatewayOptions): Promise<Gateway> => startGateway({ failRate: 0, seed: SEED, ...options })

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await systemClock.yield()
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : error

describe('a call that fails with a status', () => {
  for (const [name, options, status, retryAfter] of [
    ['status 500', { failRate: 0.5 }, 500, null],
    ['status 429', { limitRate: 0.5 }, 429, '1'],
    ['status 429', { limitRate: 0.5, retryAfterMs: 1_001 }, 429, '2'],
    ['status 429', { limitRate: 0.5, retryAfterMs: 0 }, 429, '0'],
    ['status 503', { unavailableRate: 0.5 }, 503, 'Fri, 02 Jan 2026 12:00:02 GMT'],
    ['status 503', { unavailableRate: 0.5, retryAfterMs: 750 }, 503, 'Fri, 02 Jan 2026 12:00:01 GMT'],
    ['status 503', { unavailableRate: 0.5, retryAfterMs: HOUR_MS }, 503, 'Fri, 02 Jan 2026 13:00:01 GMT'],
  ] as const) {
    it(`has no effect, and is worth another: ${JSON.stringify(options)}`, async () => {
      await using gateway = await striking({ ...options, clock: new FakeClock(new Date('2026-01-02T12:00:00.250Z')) })
      for (const send of [putReceipt, postRow]) {
        const answer = await send(gateway)
        assert.equal(answer.status, status)
        assert.equal(answer.headers.get('Retry-After'), retryAfter)
        assert.equal(answer.headers.get('Date'), 'Fri, 02 Jan 2026 12:00:00 GMT')
        assert.match(await answer.text(), /^\{"error":".+"\}$/)
      }
      assert.deepEqual(await kept(gateway), [0, 0])
      assert.deepEqual([(await putReceipt(gateway)).status, (await postRow(gateway)).status], [201, 200])
      assert.deepEqual(await kept(gateway), [1, 1])
      assert.deepEqual(gateway.statistics().failuresByName, { [name]: 2 })
    })
  }
})

describe('a call whose connection is reset', () => {
  for (const [name, options, effects] of [
    ['reset before', { resetBeforeRate: 0.5 }, 0],
    ['reset after', { resetAfterRate: 0.5 }, 1],
  ] as const) {
    it(`has ${effects === 0 ? 'no effect' : 'an effect all the same'}: ${name}`, async () => {
      await using gateway = await striking(options)
      for (const send of [putReceipt, postRow]) {
        // An end without an RST would be UND_ERR_SOCKET here.
        await assert.rejects(send(gateway), (error) => codeOf(error) === 'ECONNRESET')
      }
      assert.deepEqual(await kept(gateway), [effects, effects])
      assert.deepEqual([(await putReceipt(gateway)).status, (await postRow(gateway)).status], [201 - effects, 200])
      assert.deepEqual(await kept(gateway), [1, 1 + effects])
      assert.deepEqual(gateway.statistics().failuresByName, { [name]: 2 })
    })
  }

  it('may be a read, too', async () => {
    await using gateway = await startGateway({ failRate: 0, resetAfterRate: 1 })
    for (const path of [RECEIPTS, ROWS]) {
      await assert.rejects(fetch(`${gateway.url}${path}`), (error) => codeOf(error) === 'ECONNRESET')
    }
  })
})

describe('a call that is never answered', () => {
  for (const [name, options, effects] of [
    ['silence before', { silentBeforeRate: 0.5 }, 0],
    ['silence after', { silentAfterRate: 0.5 }, 1],
  ] as const) {
    it(`waits until its caller gives up, and has ${effects === 0 ? 'no' : 'an'} effect: ${name}`, async () => {
      const clock = new FakeClock()
      await using gateway = await striking({ ...options, clock })
      const callers = new AbortController()
      let answered = 0
      const calls = [putReceipt, postRow].map((send) =>
        send(gateway, callers.signal).finally(() => {
          answered += 1
        }),
      )
      const ends = Promise.allSettled(calls)
      await until(() => gateway.statistics().failures === 2)
      await clock.advance(HOUR_MS)
      assert.deepEqual(await kept(gateway), [effects, effects])
      assert.equal(answered, 0)
      callers.abort()
      for (const { status } of await ends) assert.equal(status, 'rejected')
      assert.deepEqual([(await putReceipt(gateway)).status, (await postRow(gateway)).status], [201 - effects, 200])
      assert.deepEqual(await kept(gateway), [1, 1 + effects])
      assert.deepEqual(gateway.statistics().failuresByName, { [name]: 2 })
    })
  }
})

describe('a call that is answered late', () => {
  it('takes effect at once, is answered after slowMs, and is no failure', async () => {
    const clock = new FakeClock()
    await using gateway = await striking({ slowRate: 0.5, clock })
    let answered = false
    const call = putReceipt(gateway).finally(() => {
      answered = true
    })
    await until(() => gateway.statistics().slow === 1)
    await clock.advance(199)
    assert.deepEqual(await kept(gateway), [1, 0])
    assert.equal(answered, false)
    await clock.advance(1)
    const { status, headers } = await call
    assert.equal(status, 201)
    assert.equal(headers.get('Date'), 'Thu, 01 Jan 2026 00:00:00 GMT')
    const { slow, failures } = gateway.statistics()
    assert.deepEqual([slow, failures], [1, 0])
  })

  it('is a failure where its caller gives up first, and nothing waits for it', async () => {
    const clock = new FakeClock()
    await using gateway = await striking({ slowRate: 0.5, slowMs: HOUR_MS, clock })
    const caller = new AbortController()
    const call = postRow(gateway, caller.signal)
    await until(() => gateway.statistics().slow === 1)
    caller.abort()
    await assert.rejects(call)
    await until(() => gateway.statistics().failures === 1)
    assert.deepEqual(gateway.statistics().failuresByName, { slow: 1 })
    assert.equal(await clock.jump(), false)
    assert.deepEqual(await kept(gateway), [0, 1])
  })

  it('tells what was there when the call came', async () => {
    const clock = new FakeClock()
    await using gateway = await startGateway({ failRate: 0, slowRate: 1, clock })
    const first = [putReceipt(gateway), postRow(gateway)]
    await until(() => gateway.statistics().slow === 2)
    const read = kept(gateway)
    await until(() => gateway.statistics().slow === 3)
    await clock.advance(200)
    await until(() => gateway.statistics().slow === 4)
    const second = [write('PUT', RECEIPTS, { ticket_id: 'b' })(gateway), postRow(gateway)]
    await until(() => gateway.statistics().slow === 6)
    await clock.advance(200)
    assert.deepEqual(await read, [1, 1])
    await Promise.all([...first, ...second])
  })

  it('is refused late where it is refused', async () => {
    await using gateway = await striking({ slowRate: 1, slowMs: 1 })
    const { status } = await write('POST', ROWS, { columns: [] })(gateway)
    const { slow, refused, failures } = gateway.statistics()
    assert.deepEqual([status, slow, refused, failures], [400, 1, 1, 0])
  })
})
