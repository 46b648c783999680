import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startGateway } from '../gateway/gateway.ts'
import { gatewaySettings } from '../gateway/settings.ts'

/** Every variable but PORT and SEED, with the option that it becomes. */
const OPTIONS = {
  FAIL_RATE: 'failRate',
  LIMIT_RATE: 'limitRate',
  UNAVAILABLE_RATE: 'unavailableRate',
  RETRY_AFTER_MS: 'retryAfterMs',
  RESET_BEFORE_RATE: 'resetBeforeRate',
  RESET_AFTER_RATE: 'resetAfterRate',
  SILENT_BEFORE_RATE: 'silentBeforeRate',
  SILENT_AFTER_RATE: 'silentAfterRate',
  BAD_TICKET_RATE: 'badTicketRate',
  SLOW_RATE: 'slowRate',
  SLOW_MS: 'slowMs',
  OUTAGE_RATE: 'outageRate',
  OUTAGE_MS: 'outageMs',
  OUTAGE_PROLONG_MS: 'outageProlongMs',
} as const

/** Without what is undefined. */
const given = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

describe('the settings of the fake gateway', () => {
  it('come from the environment', () => {
    assert.deepEqual(given(gatewaySettings({ PORT: '0', SEED: '7' })), { port: 0, seed: 7 })
    for (const [index, [name, option]] of Object.entries(OPTIONS).entries()) {
      assert.deepEqual(given(gatewaySettings({ [name]: `${index}.5` })), { port: 8_888, [option]: index + 0.5 })
    }
  })

  it('have defaults, and an empty one is none', () => {
    const names = ['PORT', 'SEED', ...Object.keys(OPTIONS)]
    assert.deepEqual(given(gatewaySettings(Object.fromEntries(names.map((name) => [name, ''])))), { port: 8_888 })
  })

  for (const name of ['PORT', 'SEED', ...Object.keys(OPTIONS)]) {
    it(`are refused where ${name} is no number`, () => {
      assert.throws(() => gatewaySettings({ [name]: 'x' }), { message: `${name} must be a number, got "x"` })
    })
  }
})

describe('a fake gateway with wrong options', () => {
  const upTo = 'must be a whole number from 0 to 3600000, got'
  for (const [options, message] of [
    [{ failRate: 1.1 }, 'the rate of "status 500" must be from 0 to 1, got 1.1'],
    [{ limitRate: -0.1 }, 'the rate of "status 429" must be from 0 to 1, got -0.1'],
    [{ unavailableRate: Number.NaN }, 'the rate of "status 503" must be from 0 to 1, got NaN'],
    [{ resetBeforeRate: 2 }, 'the rate of "reset before" must be from 0 to 1, got 2'],
    [{ resetAfterRate: 2 }, 'the rate of "reset after" must be from 0 to 1, got 2'],
    [{ silentBeforeRate: 2 }, 'the rate of "silence before" must be from 0 to 1, got 2'],
    [{ silentAfterRate: 2 }, 'the rate of "silence after" must be from 0 to 1, got 2'],
    [{ slowRate: 2 }, 'the rate of "slow" must be from 0 to 1, got 2'],
    [{ outageRate: 2 }, 'the rate of "outage" must be from 0 to 1, got 2'],
    [{ badTicketRate: 2 }, 'the rate of "bad ticket" must be from 0 to 1, got 2'],
    [{ failRate: 0.5, outageRate: 0.75 }, 'the rates of all failures together must be at most 1, got 1.25'],
    [{ slowRate: 0.75 }, 'the rates of all failures together must be at most 1, got 1.05'],
    [{ retryAfterMs: -1 }, `retryAfterMs ${upTo} -1`],
    [{ slowMs: 3_600_001 }, `slowMs ${upTo} 3600001`],
    [{ outageMs: 0 }, 'outageMs must be a whole number from 1 to 3600000, got 0'],
    [{ outageProlongMs: 0.5 }, `outageProlongMs ${upTo} 0.5`],
    [{ seed: 0.5 }, 'seed must be a whole number from 0 to 4294967295, got 0.5'],
  ] as const) {
    it(`does not start: ${message}`, async () => {
      await assert.rejects(startGateway(options), { message })
    })
  }

  it('does not start on a port that is none', async () => {
    await assert.rejects(startGateway({ port: -1 }), { code: 'ERR_SOCKET_BAD_PORT' })
  })

  it('may have bad tickets beside failures of every call', async () => {
    await using gateway = await startGateway({ failRate: 1, badTicketRate: 1 })
    assert.equal((await fetch(`${gateway.url}/receipts-api/receipts`)).status, 500)
  })
})
