import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../../src/testing/index.ts'
import { Arrivals } from '../gateway/arrivals.ts'
import { startGateway } from '../gateway/gateway.ts'

const ROWS = '/spreadsheets-api/sheets/tickets-to-print/rows'

describe('the arrivals at the fake gateway', () => {
  it('are kept for each endpoint, whatever becomes of the calls', async () => {
    const clock = new FakeClock()
    await using gateway = await startGateway({ failRate: 1, keepArrivals: true, clock })
    for (const path of [ROWS, '/receipts-api/receipts', '/statistics', '/nothing', ROWS]) {
      await fetch(`${gateway.url}${path}`)
      await clock.advance(10)
    }
    assert.deepEqual(gateway.arrivals('listRows'), [0, 40])
    assert.deepEqual(gateway.arrivals('listReceipts'), [10])
    assert.deepEqual(gateway.arrivals('appendRow'), [])
  })

  it('are the first ones, up to a bound', () => {
    const arrivals = new Arrivals({ elapsed: () => 1 }, 2)
    for (let calls = 0; calls < 3; calls += 1) arrivals.arrived('listRows')
    assert.deepEqual(arrivals.of('listRows'), [1, 1])
  })

  it('are not known unless asked for at the start', async () => {
    await using gateway = await startGateway()
    assert.throws(() => gateway.arrivals('listRows'), {
      message: 'arrivals are not known: keepArrivals was not given',
    })
  })
})
