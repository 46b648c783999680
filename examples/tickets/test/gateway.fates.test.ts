import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { drawFailure, type FailureOptions, failuresAt } from '../gateway/failure.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'

const CALLS = [
  ['PUT', '/receipts-api/receipts', '{"ticket_id":"a"}'],
  ['GET', '/receipts-api/receipts', undefined],
  ['POST', '/spreadsheets-api/sheets/s/rows', '{"columns":["a"]}'],
  ['GET', '/spreadsheets-api/sheets/s/rows', undefined],
] as const

/** Every failure that does not depend on when a call comes; 0.16 are left. */
const RATES: FailureOptions = {
  failRate: 0.12,
  limitRate: 0.12,
  unavailableRate: 0.12,
  resetBeforeRate: 0.12,
  resetAfterRate: 0.12,
  silentBeforeRate: 0.06,
  silentAfterRate: 0.06,
  slowRate: 0.12,
  slowMs: 1,
}

/** With what their callers see. */
const FATES = [
  ': 200',
  'status 500: 500',
  'status 429: 429',
  'status 503: 503',
  'reset before: no answer',
  'reset after: no answer',
  'silence before: no answer',
  'silence after: no answer',
  'slow: 200',
]

type Counted = Readonly<Record<string, number>>

const countedBy = (gateway: Gateway): Counted => {
  const { failuresByName, slow } = gateway.statistics()
  return { ...failuresByName, slow }
}

/** What the gateway has done to the last call, where its counts were `before` until then. */
const doneBy = (gateway: Gateway, before: Counted): string =>
  Object.entries(countedBy(gateway))
    .filter(([name, count]) => count > (before[name] ?? 0))
    .map(([name]) => name)
    .join()

/** How one call fares, its caller giving up once the gateway keeps silent: what was done to it, and what its caller saw. */
const fateOf = async (gateway: Gateway, [method, path, body]: (typeof CALLS)[number]): Promise<string> => {
  const before = countedBy(gateway)
  const caller = new AbortController()
  const options = { method, signal: caller.signal, ...(body !== undefined && { body }) }
  let ended = false
  const seen = fetch(`${gateway.url}${path}`, options)
    .then(
      ({ status }) => String(status),
      () => 'no answer',
    )
    .finally(() => {
      ended = true
    })
  while (!ended && !doneBy(gateway, before).startsWith('silence')) await systemClock.yield()
  caller.abort()
  return `${doneBy(gateway, before)}: ${await seen}`
}

/** How the calls of each endpoint fare, which are made in this order. */
const fatesOf = async (seed: number, order: readonly number[]): Promise<readonly (readonly string[])[]> => {
  await using gateway = await startGateway({ ...RATES, seed })
  const fates = CALLS.map((): string[] => [])
  for (const index of order) fates[index]!.push(await fateOf(gateway, CALLS[index]!))
  return fates
}

const round = Array.from({ length: 160 }, (_, index) => index % 4)
/** The same calls, first all of one endpoint, then all of the next. */
const blocks = round.toSorted((one, other) => one - other)

describe('the fate of a call', () => {
  it('is the same for the n-th call of an endpoint wherever the seed is the same', async () => {
    const expected = await fatesOf(7, round)
    assert.deepEqual(await fatesOf(7, round), expected)
    assert.notDeepEqual(await fatesOf(8, round), expected)
    assert.deepEqual(new Set(expected.flat()), new Set(FATES))
  })

  it('does not depend on how calls of different endpoints interleave', async () => {
    const [inTurn, inBlocks] = await Promise.all([fatesOf(9, round), fatesOf(9, blocks)])
    assert.deepEqual(inBlocks, inTurn)
  })

  it('is each failure in its share of calls', () => {
    const rates = { ...RATES, silentBeforeRate: 0.08, silentAfterRate: 0.04, outageRate: 0.1 }
    const failures = failuresAt(rates)
    const random = seededRandom(1)
    const counts = new Map<string, number>()
    for (let index = 0; index < 100_000; index += 1) {
      const name = drawFailure(failures, random)?.name ?? 'none'
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const shares = [...failures.map(({ name, rate }) => [name, rate] as const), ['none', 0.06] as const]
    assert.equal(counts.size, shares.length)
    for (const [name, share] of shares) {
      const count = counts.get(name) ?? 0
      assert.ok(Math.abs(count - 100_000 * share) < 450, `${name}: ${count} of 100,000`)
    }
  })

  it('is the same as ever for a seed that had only 500s', () => {
    const [one, other] = [seededRandom(5), seededRandom(5)]
    for (let index = 0; index < 1_000; index += 1) {
      const alone = drawFailure(failuresAt({ failRate: 0.12 }), one)?.name === 'status 500'
      assert.equal(drawFailure(failuresAt(RATES), other)?.name === 'status 500', alone)
    }
  })
})
