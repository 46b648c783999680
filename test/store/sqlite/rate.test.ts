import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Clock, systemClock } from '../../../src/index.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import type { Claimed, KeptJob, Store } from '../../../src/store/store.ts'
import { done, keep, NOW, settle } from '../../../src/testing/store-case.ts'
import { until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const RATE = { limit: 2, intervalMs: 1_000, transitMs: 250 }
/** A whole millisecond may hide nearly another one. */
const COUNTED_MS = RATE.transitMs + RATE.intervalMs + 1

/** Stands still but for what is added to it. */
class StillClock implements Clock {
  ms = 0
  now = (): number => NOW + this.ms
  elapsed = (): number => this.ms
  after = systemClock.after
  yield = systemClock.yield
}

/** Two stores on one file stand for two processes; their time is one. */
function twoProcesses(jobs = 20) {
  const folder = aFolder()
  const clock = new StillClock()
  const file = folder.file('a.db')
  const open = (): Store => openSqlite(file, { clock, maxPending: jobs })
  const stores = [open(), open()] as const
  const claim = async (store: Store, { places = 9, mustBeKept = false, rate = RATE } = {}): Promise<Claimed> => {
    const room = [{ task: 'a', places, mustBeKept, shared: { upstream: 'receipts', places, rate } }]
    return await store.claim({ owner: 'case', places, room, now: clock.now() })
  }
  return {
    clock,
    stores,
    open,
    claim,
    counted: () => {
      const database = openDatabase(file)
      const [rows, kept] = database
        .prepare('select (select count(*) from willcall_upstream_call), (select total(calls) from willcall_upstream)')
        .raw()
        .get() as [number, number]
      database.close()
      assert.equal(rows, kept)
      return rows
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const jobsOf = (count: number): readonly object[] => Array.from({ length: count }, () => ({}))

describe('the limit of an upstream holds for all processes on the file together', () => {
  it('by claims, and each is told when the next may be taken', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    assert.equal((await claim(stores[0], { places: 1 })).jobs.length, 1)
    clock.ms = 100
    assert.equal((await claim(stores[1])).jobs.length, 1)
    for (const store of stores) assert.deepEqual(await claim(store), { jobs: [], nextAt: NOW + COUNTED_MS })
    clock.ms = COUNTED_MS
    assert.equal((await claim(stores[1])).jobs.length, 1)
    assert.deepEqual(await claim(stores[0]), { jobs: [], nextAt: NOW + 100 + COUNTED_MS })
  })

  it('and while it takes more nobody is told to come back', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    assert.ok((await claim(stores[0])).nextAt !== undefined)
    clock.ms = COUNTED_MS
    const { jobs, nextAt } = await claim(stores[0], { places: 1 })
    assert.deepEqual([jobs.length, nextAt], [1, undefined])
  })

  it('over a restart', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores, open } = processes
    await keep(stores[0], ...jobsOf(5))
    await claim(stores[0])
    await stores[0][Symbol.asyncDispose]()
    await using again = open()
    assert.deepEqual((await claim(again)).jobs, [])
    clock.ms = COUNTED_MS
    assert.equal((await claim(again)).jobs.length, 2)
  })

  it('where one of them asks for a lower one', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    await claim(stores[0])
    const lower = { rate: { ...RATE, limit: 1 } }
    assert.deepEqual((await claim(stores[1], lower)).jobs, [])
    clock.ms = COUNTED_MS
    assert.equal((await claim(stores[1], lower)).jobs.length, 1)
  })

  it('wherever on its way each call reaches the API, and all jobs are done', async () => {
    const aStep = fc.record({
      process: fc.nat(1),
      places: fc.integer({ min: 1, max: 3 }),
      pauseMs: fc.nat(400),
      arrivesMs: fc.nat(RATE.transitMs),
      lastsMs: fc.nat(3_000),
      isGivenBack: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 1, maxLength: 12 }), async (steps) => {
        await using processes = twoProcesses()
        const { clock, claim, stores } = processes
        await keep(stores[0], ...jobsOf(10))
        const arrivals: number[] = []
        const underWay: { readonly store: Store; readonly job: KeptJob; readonly endsAt: number }[] = []
        for (let turn = 0; arrivals.length < 10; turn += 1) {
          assert.ok(turn < 1_000)
          const step = steps[turn % steps.length] ?? assert.fail()
          const store = stores[step.process === 0 ? 0 : 1]
          const { jobs, nextAt = 0 } = await claim(store, step)
          for (const [index, job] of jobs.entries()) {
            const isGivenBack = step.isGivenBack && turn < steps.length && index === 0
            if (isGivenBack) await settle(store, job, { kind: 'snoozed', at: job.runAt, tries: job.tries }, clock.now())
            if (isGivenBack) continue
            arrivals.push(clock.ms + Math.min(step.arrivesMs, step.lastsMs))
            underWay.push({ store, job, endsAt: clock.ms + step.lastsMs })
          }
          clock.ms = jobs.length === 0 && nextAt > clock.now() ? nextAt - NOW : clock.ms + step.pauseMs
          for (const each of underWay.filter(({ endsAt }) => endsAt <= clock.ms)) {
            await done(each.store, each.job, clock.now())
            underWay.splice(underWay.indexOf(each), 1)
          }
        }
        arrivals.sort((a, b) => a - b)
        for (const [index, arrival] of arrivals.entries()) {
          const earlier = arrivals[index - RATE.limit]
          assert.ok(earlier === undefined || arrival - earlier >= RATE.intervalMs)
        }
        processes.counted()
      }),
      { numRuns: 30 },
    )
  })
})

describe('a call', () => {
  it('counts no longer than its interval after its end, of which the other process is told', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    const [first] = (await claim(stores[0])).jobs
    assert.deepEqual((await claim(stores[1])).jobs, [])
    clock.ms = 10
    await done(stores[0], first as KeptJob, clock.now())
    clock.ms = 10 + RATE.intervalMs + 1
    await until(async () => (await claim(stores[1])).jobs.length === 1)
  })

  it('that has not begun when its store closes does not count', async () => {
    await using processes = twoProcesses()
    const { claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
    await stores[0][Symbol.asyncDispose]()
    assert.equal(processes.counted(), 0)
    assert.equal((await claim(stores[1])).jobs.length, 2)
  })

  it('whose claim must be kept counts from when it is', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(2))
    assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
    clock.ms = 200
    await until(async () => (await claim(stores[0], { mustBeKept: true })).jobs.length === 2)
    await keep(stores[0], {})
    assert.equal((await claim(stores[1])).nextAt, NOW + 200 + COUNTED_MS)
  })

  it('whose claim was kept too late is made at another time: others may have been let in for it', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(2))
    assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
    clock.ms = COUNTED_MS
    await keep(stores[1], ...jobsOf(2))
    assert.equal((await claim(stores[1])).jobs.length, 2)
    for (let turn = 0; turn < 100; turn += 1) {
      assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
      await systemClock.yield()
    }
    clock.ms = 2 * COUNTED_MS
    await until(async () => (await claim(stores[0], { mustBeKept: true })).jobs.length === 2)
  })

  it('that could have begun, and has not until it might arrive too late, is made at another time', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(2))
    assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
    await stores[0].changed.sleep()
    const kept = Promise.withResolvers<void>()
    const deafen = stores[0].changed.onRing(() => kept.resolve())
    await kept.promise
    deafen()
    clock.ms = RATE.transitMs + 1
    assert.deepEqual((await claim(stores[0], { mustBeKept: true })).jobs, [])
    await until(async () => (await claim(stores[1])).jobs.length > 0)
  })

  it('that is forgotten before its end counts no less for the next one', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    const rate = { ...RATE, limit: 1 }
    const [slow] = (await claim(stores[0], { rate })).jobs
    clock.ms = COUNTED_MS
    assert.equal((await claim(stores[0], { rate })).jobs.length, 1)
    await done(stores[0], slow as KeptJob, clock.now())
    assert.deepEqual(await claim(stores[1], { rate }), { jobs: [], nextAt: NOW + 2 * COUNTED_MS })
  })

  it('is brought near where the clock was set back, so that nothing stops for hours', async () => {
    await using processes = twoProcesses()
    const { clock, claim, stores } = processes
    await keep(stores[0], ...jobsOf(5))
    await claim(stores[0])
    clock.ms = -10_800_000
    assert.deepEqual(await claim(stores[1]), { jobs: [], nextAt: clock.now() + COUNTED_MS })
    clock.ms += COUNTED_MS
    assert.equal((await claim(stores[1])).jobs.length, 2)
  })

  it('that is over is forgotten, many of them a part at a time', async () => {
    const limit = 2_600
    await using processes = twoProcesses(3 * limit)
    const { clock, claim, stores, counted } = processes
    const rate = { ...RATE, limit }
    await stores[0].enqueue({
      jobs: Array.from({ length: 2 * limit }, () => ({ task: 'a', payload: {} })),
      priority: 8,
      runAt: NOW,
      once: undefined,
      onceByJob: undefined,
      now: NOW,
    })
    assert.equal((await claim(stores[0], { rate, places: 10_000 })).jobs.length, limit)
    clock.ms = COUNTED_MS
    const claimed: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const { jobs, nextAt } = await claim(stores[0], { rate, places: 10_000 })
      claimed.push(jobs.length)
      if (round < 2) assert.ok(nextAt !== undefined && nextAt <= clock.now())
    }
    assert.deepEqual(claimed, [1_000, 1_000, 600])
    assert.equal(counted(), limit)
  })
})
