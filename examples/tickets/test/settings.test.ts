import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { demoSettings } from '../demo/settings.ts'
import { isBadTicket } from '../gateway/bad-ticket.ts'
import { failuresAt } from '../gateway/failure.ts'
import { gatewaySettings } from '../gateway/settings.ts'
import { serviceSettings } from '../settings.ts'

describe('the settings of the service', () => {
  it('have defaults, and an empty one is none', () => {
    const none = { port: 8_080, database: 'tickets.db', retry: {} }
    assert.deepEqual(serviceSettings({}), none)
    const empty = { PORT: '', GATEWAY_ADDR: '', DATABASE: ' ', CONCURRENCY: ' ', RETRY_MAX_MS: '' }
    assert.deepEqual(serviceSettings(empty), none)
  })

  it('come from the environment', () => {
    const env = {
      PORT: '0',
      GATEWAY_ADDR: 'http://localhost:8888/behind',
      DATABASE: '../my orders.db',
      CONCURRENCY: '1000',
      RETRY_MIN_MS: '0',
      RETRY_MAX_MS: '0',
      CALL_TIMEOUT_MS: '1',
    }
    assert.deepEqual(serviceSettings(env), {
      port: 0,
      gatewayAddr: 'http://localhost:8888/behind',
      database: '../my orders.db',
      concurrency: 1_000,
      callTimeoutMs: 1,
      retry: { minMs: 0, maxMs: 0 },
    })
  })

  for (const [env, message] of [
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, got 70000'],
    [{ PORT: 'http' }, 'PORT must be a number, got "http"'],
    [{ GATEWAY_ADDR: 'localhost:8888' }, 'GATEWAY_ADDR must be an http or https URL, got "localhost:8888"'],
    [{ CONCURRENCY: '1001' }, 'CONCURRENCY must be a whole number from 1 to 1000, got 1001'],
    [{ CALL_TIMEOUT_MS: '1.5' }, 'CALL_TIMEOUT_MS must be a whole number from 1 to 3600000, got 1.5'],
    [{ RETRY_MIN_MS: '-1' }, 'RETRY_MIN_MS must be a whole number from 0 to 3600000, got -1'],
    [{ RETRY_MIN_MS: '50', RETRY_MAX_MS: '49' }, 'RETRY_MAX_MS must be a whole number from 50 to 3600000, got 49'],
    [{ RETRY_MAX_MS: '999' }, 'RETRY_MAX_MS must be a whole number from 1000 to 3600000, got 999'],
  ] as const) {
    it(`are refused where they are ${JSON.stringify(env)}`, () => {
      assert.throws(() => serviceSettings(env), { message })
    })
  }
})

describe('the settings of the demo', () => {
  it('make the service quick, unless told otherwise', () => {
    const { orders, kills, seed, gatewayAddr, serviceEnv } = demoSettings({
      RETRY_MIN_MS: '5',
      PORT: '8080',
      CONCURRENCY: ' ',
    })
    assert.deepEqual({ orders, kills, seed, gatewayAddr }, { orders: 50, kills: 3, seed: 1, gatewayAddr: undefined })
    const { port, concurrency, callTimeoutMs, retry } = serviceSettings(serviceEnv)
    assert.deepEqual({ port, concurrency, callTimeoutMs }, { port: 0, concurrency: 50, callTimeoutMs: 1_000 })
    assert.deepEqual(retry, { minMs: 5, maxMs: 1_000 })
  })

  it('kill the service once for each order at most', () => {
    assert.equal(demoSettings({ ORDERS: '2' }).kills, 2)
    assert.equal(demoSettings({ ORDERS: '2', KILLS: '0' }).kills, 0)
  })

  it('let the gateway fail in every way, unless told otherwise', () => {
    const { gatewayEnv } = demoSettings({ PORT: '8080', OUTAGE_RATE: '0', FAIL_RATE: '' })
    const { port, badTicketRate, ...options } = gatewaySettings(gatewayEnv)
    assert.deepEqual({ port, badTicketRate }, { port: 0, badTicketRate: 0.01 })
    const rates = failuresAt(options).map(({ name, rate }) => [name, rate] as const)
    assert.deepEqual(
      rates.filter(([, rate]) => rate === 0),
      [['outage', 0]],
    )
    assert.deepEqual(rates[0], ['status 500', 0.2])
  })

  it('say which tickets that gateway refuses', () => {
    const tickets = Array.from({ length: 1_000 }, (_, index) => `ticket-${index}`)
    const badOnes = (env: NodeJS.ProcessEnv): readonly string[] => tickets.filter(demoSettings(env).isBad)
    assert.deepEqual(
      badOnes({ SEED: '7', BAD_TICKET_RATE: '0.2' }),
      tickets.filter((ticket) => isBadTicket(ticket, { seed: 7, badTicketRate: 0.2 })),
    )
    assert.deepEqual(badOnes({ BAD_TICKET_RATE: '0' }), [])
    assert.ok(badOnes({}).length > 0)
  })

  for (const [env, message] of [
    [{ ORDERS: '1001' }, 'ORDERS must be a whole number from 1 to 1000, got 1001'],
    [{ KILLS: '11' }, 'KILLS must be a whole number from 0 to 10, got 11'],
    [{ ORDERS: '2', KILLS: '3' }, 'KILLS must be a whole number from 0 to 2, got 3'],
    [{ SEED: '-1' }, 'SEED must be a whole number from 0 to 4294967295, got -1'],
    [{ GATEWAY_ADDR: 'x' }, 'GATEWAY_ADDR must be an http or https URL, got "x"'],
  ] as const) {
    it(`are refused where they are ${JSON.stringify(env)}`, () => {
      assert.throws(() => demoSettings(env), { message })
    })
  }
})
