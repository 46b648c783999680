import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Upstream } from '../../src/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { FakeClock, seededRandom } from '../../src/testing/index.ts'
import { SharedUpstream } from '../../src/worker/shared-upstream.ts'
import { upstreamFactIn } from '../../src/worker/upstream-fact.ts'

const MINUTE = 60_000

/** Processes that share an upstream through the facts of one store, and hear and tell when they are made to. */
function processes(count: number, random: () => number = () => 0) {
  const clock = new FakeClock()
  const store = new MemoryStore({ capacity: 1 })
  const fact = async (): Promise<string | undefined> => (await store.recall('upstream/receipts'))[0]?.value
  const all = Array.from({ length: count }, () => {
    const upstream = new Upstream('receipts', { clock, random: () => 0.5 })
    const shared = new SharedUpstream({ upstream, clock, random })
    return {
      upstream,
      closeFor: (ms: number) => upstream.close(new Date(clock.now() + ms)),
      hear: async () => shared.heard(await fact()),
      tell: async () => !shared.hasNews || (await shared.tell(store)),
      shared,
    }
  })
  return { clock, all, fact }
}

describe('of what two processes have found at once', () => {
  it('the later closing stands', async () => {
    const { clock, all } = processes(2)
    const [one = assert.fail(), two = assert.fail()] = all
    one.closeFor(2 * MINUTE)
    two.closeFor(MINUTE)
    assert.equal(await two.tell(), true)
    assert.equal(await one.tell(), false)
    await one.hear()
    assert.equal(await one.tell(), true)
    await two.hear()
    for (const { upstream, shared } of all) {
      assert.equal(upstream.closedUntil?.getTime(), clock.now() + 2 * MINUTE)
      assert.equal(shared.hasNews, false)
    }
  })

  it('a closing stands over an opening that was no answer to it', async () => {
    const { all } = processes(3)
    const [one = assert.fail(), two = assert.fail(), three = assert.fail()] = all
    one.closeFor(MINUTE)
    await one.tell()
    for (const { hear } of [two, three]) await hear()
    three.closeFor(2 * MINUTE)
    two.upstream.open()
    await two.tell()
    assert.equal(await three.tell(), false)
    await three.hear()
    assert.equal(await three.tell(), true)
    for (const { hear } of [one, two]) await hear()
    assert.deepEqual(
      all.map(({ upstream }) => upstream.isDown),
      [true, true, true],
    )
  })

  it('an opening is heard by who has found nothing else since', async () => {
    const { all, fact } = processes(2)
    const [one = assert.fail(), two = assert.fail()] = all
    one.closeFor(MINUTE)
    await one.tell()
    await two.hear()
    two.upstream.open()
    await two.tell()
    assert.equal(await fact(), undefined)
    await one.hear()
    assert.deepEqual([one.upstream.isDown, one.shared.hasNews], [false, false])
  })
})

describe('whatever processes find, and in whatever order they hear of it,', () => {
  const MAX_CLOSED_MS = 5 * MINUTE
  const aStep = fc.record({
    process: fc.nat(2),
    act: fc.constantFrom('close', 'open', 'hear', 'tell', 'wait'),
    ms: fc.integer({ min: 1, max: MAX_CLOSED_MS }),
  })

  it('they come to one view of it, and nobody closes it for longer because others do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 30 }), fc.nat(), async (steps, seed) => {
        const { clock, all, fact } = processes(3, seededRandom(seed))
        let latest = clock.now()
        for (const { process, act, ms } of steps) {
          const one = all[process] ?? assert.fail()
          if (act === 'close') {
            one.closeFor(ms)
            latest = Math.max(latest, clock.now() + ms)
          } else if (act === 'open') one.upstream.open()
          else if (act === 'wait') await clock.advance(ms)
          else await one[act]()
        }
        for (let round = 0; all.some(({ shared }) => shared.hasNews); round += 1) {
          assert.ok(round < 5, 'they never agree')
          for (const { hear, tell } of all) {
            await hear()
            await tell()
          }
        }
        for (const { hear } of all) await hear()
        const value = await fact()
        const closed = value === undefined ? undefined : upstreamFactIn(value)
        const bound = Math.max(latest, clock.now()) + 0.25 * MAX_CLOSED_MS + 1
        assert.ok((closed?.until ?? 0) <= bound)
        for (const { upstream } of all) {
          assert.equal(upstream.isDown, value !== undefined)
          assert.ok((upstream.closedUntil?.getTime() ?? 0) <= bound)
        }
      }),
      { numRuns: 300 },
    )
  })
})
