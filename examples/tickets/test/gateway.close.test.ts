import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { Exchange } from '../gateway/exchange.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from '../../shared/test/server-that.ts'

const RECEIPTS = '/receipts-api/receipts'
/** A socket that is never let go would keep a test waiting for ever. */
const TIMEOUT = { timeout: 10_000 }

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await systemClock.yield()
}

/** Of this process, the callers' and the gateway's. */
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** A call on a connection of its own. */
const put = (url: string): ClientRequest => {
  const call = request(`${url}${RECEIPTS}`, { method: 'PUT', agent: false })
  call.end('{"ticket_id":"a"}')
  return call
}

const errorOf = async (call: ClientRequest): Promise<unknown> => (await once(call, 'error'))[0]

describe('calls that nobody answers', TIMEOUT, () => {
  it('leave no socket behind when their callers go, and no warning', async () => {
    const warnings: unknown[] = []
    const warned = (warning: unknown): number => warnings.push(warning)
    process.on('warning', warned)
    await using gateway = await startGateway({ failRate: 0, silentBeforeRate: 0.5, silentAfterRate: 0.5 })
    const before = sockets()
    const calls = Array.from({ length: 50 }, () => put(gateway.url))
    const errors = calls.map(errorOf)
    await until(() => gateway.statistics().failures === 50)
    assert.equal(sockets(), before + 100)
    for (const call of calls) call.destroy()
    await Promise.all(errors)
    await until(() => sockets() === before)
    process.off('warning', warned)
    assert.deepEqual(warnings, [])
  })

  it('end when the gateway closes, without its grace', async () => {
    const clock = new FakeClock()
    const gateway = await startGateway({ failRate: 0, silentAfterRate: 1, clock })
    const errors = [put(gateway.url), put(gateway.url)].map(errorOf)
    await until(() => gateway.statistics().failures === 2)
    await gateway.close()
    for (const error of await Promise.all(errors)) assert.ok(error instanceof Error)
    assert.equal(clock.elapsed(), 0)
    assert.equal(await clock.jump(), false, 'no timer is left')
  })

  it('end at once where they come while the gateway closes', async () => {
    const gateway = await startGateway({ failRate: 0, silentAfterRate: 1, clock: new FakeClock() })
    const call = request(`${gateway.url}${RECEIPTS}`, { method: 'PUT', headers: { Expect: '100-continue' } })
    call.flushHeaders()
    await once(call, 'continue')
    const closed = gateway.close()
    const error = errorOf(call)
    call.end('{"ticket_id":"a"}')
    assert.ok((await error) instanceof Error)
    await closed
  })
})

describe('calls that are answered late', TIMEOUT, () => {
  it('are still answered while the gateway closes', async () => {
    const clock = new FakeClock()
    const gateway = await startGateway({ failRate: 0, slowRate: 1, slowMs: 999, clock })
    const call = put(gateway.url)
    await until(() => gateway.statistics().slow === 1)
    const closed = gateway.close()
    const answered = once(call, 'response')
    await clock.advance(999)
    const [response] = await answered
    assert.equal(response.statusCode, 201)
    assert.equal(response.headers.connection, 'close')
    response.resume()
    await closed
    assert.equal(await clock.jump(), false, 'no timer is left')
  })

  it('are cut off where that would last longer than the grace', async () => {
    const clock = new FakeClock()
    const gateway = await startGateway({ failRate: 0, slowRate: 1, slowMs: 1_001, clock })
    const error = errorOf(put(gateway.url))
    await until(() => gateway.statistics().slow === 1)
    const closed = gateway.close()
    await clock.advance(1_000)
    assert.ok((await error) instanceof Error)
    await closed
    assert.deepEqual(gateway.statistics().failuresByName, { slow: 1 })
    assert.equal(await clock.jump(), false, 'no timer is left')
  })
})

describe('an exchange', TIMEOUT, () => {
  for (const [what, act] of [
    ['kept silent', (exchange: Exchange) => exchange.keepSilent()],
    ['held', (exchange: Exchange) => exchange.hold(1_000, assert.fail, () => {})],
  ] as const) {
    it(`that is ${what} holds nothing once its caller has gone, before or after`, async () => {
      const clock = new FakeClock()
      const closing = new AbortController()
      const { promise: arrived, resolve } = Promise.withResolvers<Exchange>()
      await using server = await serverThat((...call) => resolve(new Exchange(...call, clock, closing.signal)))
      const call = put(server.url)
      const error = errorOf(call)
      const exchange = await arrived
      const gone = once(exchange.request.socket, 'close')
      act(exchange)
      call.destroy()
      await Promise.all([gone, error])
      act(exchange)
      assert.deepEqual(getEventListeners(closing.signal, 'abort'), [])
      assert.equal(await clock.jump(), false, 'no timer is left')
    })
  }
})
