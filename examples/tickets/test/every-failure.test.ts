import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Clock, systemClock } from '../../../src/index.ts'
import { callCounts } from '../demo/call-counts.ts'
import { isBadTicket } from '../gateway/bad-ticket.ts'
import { startGateway } from '../gateway/gateway.ts'
import { outcomeAt, perfect, post, serving, ticketsOf } from './serving.ts'

/** Each failure that closes an API takes half a second or more: so many tickets take half a minute. */
const TICKETS = 150
const RATE = 0.05
const BAD = { seed: 1, badTicketRate: RATE }

/** A date in `Retry-After` has whole seconds: by this clock of the gateway it asks for none too many. */
const wholeSeconds: Clock = { ...systemClock, now: () => Math.floor(systemClock.now() / 1_000) * 1_000 }

describe('the service', { timeout: 240_000 }, () => {
  it(`makes exactly one receipt and one row for each good ticket where each failure there is strikes ${RATE * 100} of 100 calls`, async () => {
    await using gateway = await startGateway({
      ...BAD,
      failRate: RATE,
      limitRate: RATE,
      unavailableRate: RATE,
      retryAfterMs: 0,
      resetBeforeRate: RATE,
      resetAfterRate: RATE,
      silentBeforeRate: RATE,
      silentAfterRate: RATE,
      slowRate: RATE,
      slowMs: 50,
      outageRate: RATE,
      outageMs: 200,
      outageProlongMs: 20,
      clock: wholeSeconds,
    })
    await using service = await serving({ gatewayAddr: gateway.url, callTimeoutMs: 500 })
    const tickets = ticketsOf('a', TICKETS)
    await post(service, { tickets })
    await service.worker.idle()
    const good = tickets.filter((ticket) => !isBadTicket(ticket, BAD))
    const neverHappened = Object.entries(callCounts(gateway.statistics()).failures).filter(([, count]) => count === 0)
    assert.deepEqual(neverHappened, [])
    assert.deepEqual(await outcomeAt(gateway.url, good), perfect(good))
    const dead = await service.worker.list({ state: 'dead', limit: 1_000 })
    assert.deepEqual(new Set(dead.map(({ reason }) => reason)), new Set(['permanent']))
    assert.equal(dead.length, 2 * (TICKETS - good.length))
  })
})
