import assert from 'node:assert/strict'
import type { UpstreamRate } from '../core/upstream.ts'
import type { Claimed, KeptJob, Room, Store } from '../store/store.ts'
import { claim, done, keep, NOW, settle, type StoreCase } from './store-case.ts'

/** Longer than any case takes. */
const RATE: UpstreamRate = { limit: 2, intervalMs: 100_000, transitMs: 1_000_000 }

/** For the tasks `a` and `b` of one upstream. */
function roomAt(places: number): readonly Room[] {
  const shared = { upstream: 'u', places, rate: RATE }
  return ['a', 'b'].map((task) => ({ task, places, shared }))
}

const claimRated = async (store: Store, now: number = NOW): Promise<Claimed> =>
  await store.claim({ owner: 'case', places: 9, room: roomAt(9), now })

/** How many jobs a claim takes, and of which tasks. */
export const roomCases: readonly StoreCase[] = [
  {
    name: 'a claim takes no more jobs than there are places',
    async run(store) {
      await keep(store, {}, {}, {})
      assert.equal((await claim(store, { places: 2 })).jobs.length, 2)
      assert.equal((await claim(store, { places: 2 })).jobs.length, 1)
      assert.equal((await claim(store)).jobs.length, 0)
    },
  },
  {
    name: 'a claim takes no more jobs of a task than the task has places, and none of a task without',
    async run(store) {
      await keep(store, {}, {}, { task: 'b' }, { task: 'c' })
      const room = [
        { task: 'a', places: 1 },
        { task: 'b', places: 5 },
      ]
      const { jobs } = await store.claim({ owner: 'case', places: 9, room, now: NOW })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'b'])
    },
  },
  {
    name: 'free places go round the tasks',
    async run(store) {
      await keep(store, {}, {}, {}, {}, { task: 'b' }, { task: 'b' })
      const { jobs } = await claim(store, { places: 4 })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'a', 'b', 'b'])
    },
  },
  {
    name: 'tasks that share an upstream take no more than its places together, in turn',
    async run(store) {
      await keep(store, {}, {}, { task: 'b' }, { task: 'b' }, { task: 'c' }, { task: 'c' })
      const shared = { upstream: 'u', places: 3 }
      const room = [
        { task: 'a', places: 3, shared },
        { task: 'b', places: 3, shared: { ...shared } },
        { task: 'c', places: 1 },
      ]
      const { jobs } = await store.claim({ owner: 'case', places: 9, room, now: NOW })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'a', 'b', 'c'])
    },
  },
  {
    name: 'an upstream whose calls are limited over time gives no more jobs than it takes calls, of all its tasks together',
    needs: 'durable',
    async run(store) {
      await keep(store, {}, {}, { task: 'b' }, { task: 'c' })
      const room = [...roomAt(3), { task: 'c', places: 9 }]
      const { jobs, nextAt = 0 } = await store.claim({ owner: 'case', places: 9, room, now: NOW })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'b', 'c'])
      assert.ok(nextAt >= NOW + RATE.transitMs + RATE.intervalMs)
      assert.deepEqual((await claimRated(store, nextAt - 1)).jobs, [])
      assert.equal((await claimRated(store, nextAt)).jobs.length, 1)
    },
  },
  {
    name: 'a call to a limited upstream counts until its interval after the end of its job',
    needs: 'durable',
    async run(store) {
      await keep(store, {}, {}, {})
      const [first] = (await claimRated(store)).jobs
      await done(store, first as KeptJob, NOW + 10)
      const { jobs, nextAt = 0 } = await claimRated(store, NOW + 10)
      assert.deepEqual(jobs, [])
      assert.ok(nextAt > NOW + 10 + RATE.intervalMs && nextAt < NOW + RATE.transitMs)
      assert.equal((await claimRated(store, nextAt)).jobs.length, 1)
    },
  },
  {
    name: 'a job that is given back as it was is no call to its limited upstream',
    needs: 'durable',
    async run(store) {
      await keep(store, {}, {}, {})
      const [first] = (await claimRated(store)).jobs
      assert.deepEqual((await claimRated(store)).jobs, [])
      const { tries, runAt } = first as KeptJob
      await settle(store, first as KeptJob, { kind: 'snoozed', at: runAt, tries })
      assert.equal((await claimRated(store)).jobs.length, 1)
      assert.deepEqual((await claimRated(store)).jobs, [])
    },
  },
  {
    name: 'what one task of an upstream leaves, the other takes',
    async run(store) {
      await keep(store, {}, {}, {}, { task: 'b' })
      const shared = { upstream: 'u', places: 3 }
      const room = [
        { task: 'b', places: 3, shared },
        { task: 'a', places: 3, shared },
      ]
      const { jobs } = await store.claim({ owner: 'case', places: 9, room, now: NOW })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'a', 'b'])
    },
  },
  {
    name: 'a claim without places takes nothing, and tells when the next job is due',
    async run(store) {
      await keep(store, {}, { runAt: NOW + 5 })
      const none = { jobs: [], nextAt: NOW + 5 }
      assert.deepEqual(await claim(store, { places: 0 }), none)
      assert.deepEqual((await store.claim({ owner: 'case', places: 5, room: [], now: NOW })).jobs, [])
      assert.deepEqual(
        await store.claim({ owner: 'case', places: 5, room: [{ task: 'a', places: 0 }], now: NOW }),
        none,
      )
      assert.equal((await store.count()).waiting, 2)
    },
  },
  {
    name: 'an upstream without places gives none of its tasks, and takes no place from others',
    async run(store) {
      await keep(store, {}, {}, { task: 'b' }, { task: 'b' })
      const shared = { upstream: 'u', places: 0 }
      const room = [
        { task: 'a', places: 5, shared },
        { task: 'b', places: 5 },
      ]
      const { jobs } = await store.claim({ owner: 'case', places: 2, room, now: NOW })
      assert.deepEqual(
        jobs.map(({ task }) => task),
        ['b', 'b'],
      )
    },
  },
  {
    name: 'two upstreams have places of their own',
    async run(store) {
      await keep(store, {}, {}, {}, { task: 'b' }, { task: 'b' }, { task: 'b' })
      const room = [
        { task: 'a', places: 5, shared: { upstream: 'u', places: 1 } },
        { task: 'b', places: 5, shared: { upstream: 'v', places: 2 } },
      ]
      const { jobs } = await store.claim({ owner: 'case', places: 9, room, now: NOW })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'b', 'b'])
    },
  },
]
