import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { systemClock, systemRandom } from '../../src/core/clock.ts'

const passed = (delayMs: number): Promise<void> => new Promise((resolve) => systemClock.after(delayMs, resolve))

describe('the system clock', () => {
  it('says what time it is, as the system does', () => {
    const before = new Date().getTime()
    const now = systemClock.now()
    assert.ok(before <= now && now <= new Date().getTime())
  })

  it('has a time that only grows', () => {
    let last = systemClock.elapsed()
    for (let reads = 0; reads < 10_000; reads += 1) {
      const elapsed = systemClock.elapsed()
      assert.ok(elapsed >= last)
      last = elapsed
    }
  })

  it('calls back once, no sooner than it was told', async () => {
    const before = systemClock.elapsed()
    let calls = 0
    systemClock.after(5, () => {
      calls += 1
    })
    await passed(10)
    assert.equal(calls, 1)
    // Node counts whole milliseconds, from a time that it read a little earlier.
    assert.ok(systemClock.elapsed() - before >= 9)
  })

  it('calls nobody back whose timer was cancelled, be it twice', async () => {
    let called = false
    const timer = systemClock.after(1, () => {
      called = true
    })
    timer.cancel()
    timer.cancel()
    await passed(5)
    assert.equal(called, false)
    timer.cancel()
  })

  it('waits where the delay is longer than a timer of Node can be, and warns of nothing', async () => {
    const warnings: Error[] = []
    const hear = (warning: Error): void => void warnings.push(warning)
    process.on('warning', hear)
    let called = 0
    const timers = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY].map(
      (delayMs) =>
        systemClock.after(delayMs, () => {
          called += 1
        }),
    )
    await passed(5)
    for (const timer of timers) timer.cancel()
    process.off('warning', hear)
    assert.equal(called, 0)
    assert.deepEqual(warnings, [])
  })

  it('lets a loop that yields starve no timer', async () => {
    const timer = { wentOff: false }
    systemClock.after(1, () => {
      timer.wentOff = true
    })
    while (!timer.wentOff) await systemClock.yield()
  })

  it('lets a loop that yields starve no socket', async () => {
    const server = createServer((_request, response) => response.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const request = { answered: false }
    get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, (response) => {
      request.answered = true
      response.resume()
    })
    while (!request.answered) await systemClock.yield()
    server.close()
    await once(server, 'close')
  })

  it('yields after what the promises of this turn set off', async () => {
    const order: string[] = []
    const yielded = systemClock.yield().then(() => order.push('yielded'))
    await Promise.resolve().then(() => order.push('promise'))
    process.nextTick(() => order.push('tick'))
    await yielded
    assert.deepEqual(order, ['promise', 'tick', 'yielded'])
  })
})

describe('the system’s random source', () => {
  it('gives numbers from 0 to less than 1', () => {
    for (let draws = 0; draws < 1_000; draws += 1) {
      const draw = systemRandom()
      assert.ok(draw >= 0 && draw < 1)
    }
  })
})
