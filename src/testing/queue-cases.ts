import assert from 'node:assert/strict'
import type { JobId } from '../core/message.ts'
import {
  CASE_CAPACITY,
  claim,
  claimOne,
  code,
  die,
  done,
  enqueue,
  keep,
  NOW,
  retry,
  type StoreCase,
  TRIED_ONCE,
} from './store-case.ts'

const full = Array.from({ length: CASE_CAPACITY }, () => ({}))

/** Keeping, claiming, settling, changing and finding. */
export const queueCases: readonly StoreCase[] = [
  {
    name: 'the jobs of a call get ids of their own, in order',
    async run(store) {
      const ids = await keep(store, { payload: { n: 1 } }, { payload: { n: 2 } })
      const found = await Promise.all(ids.map((id) => store.find(id)))
      assert.deepEqual(
        found.map((job) => job?.payload),
        [{ n: 1 }, { n: 2 }],
      )
      assert.notEqual(ids[0], ids[1])
    },
  },
  {
    name: 'a call is kept whole or not at all',
    async run(store) {
      await keep(store, ...full.slice(1))
      assert.equal(enqueue(store, [{}, {}]), false)
      assert.equal((await store.count()).waiting, CASE_CAPACITY - 1)
      await keep(store, {})
      assert.equal(enqueue(store, [{}]), false)
    },
  },
  {
    name: 'a call that can never fit is refused',
    async run(store) {
      await assert.rejects(async () => enqueue(store, [...full, {}]), code('too_large'))
      assert.equal((await store.count()).waiting, 0)
    },
  },
  {
    name: 'the highest priority is claimed first, and within it the oldest',
    async run(store) {
      const [low, first, second, high] = await keep(store, { priority: 0 }, {}, {}, { priority: 15 })
      const { jobs } = await claim(store)
      assert.deepEqual(
        jobs.map(({ id }) => id),
        [high, first, second, low],
      )
    },
  },
  {
    name: 'a job is not claimed before its time, and the claim tells when that is',
    async run(store) {
      await keep(store, { runAt: NOW + 2_000 }, { runAt: NOW + 1_000 })
      assert.deepEqual(await claim(store), { jobs: [], nextAt: NOW + 1_000 })
      const { jobs, nextAt } = await claim(store, { now: NOW + 1_000 })
      assert.deepEqual([jobs.length, nextAt], [1, NOW + 2_000])
      assert.deepEqual((await claim(store, { now: NOW + 2_000 })).nextAt, undefined)
    },
  },
  {
    name: 'a job in work is not claimed again',
    async run(store) {
      await keep(store, {})
      const { id } = await claimOne(store)
      assert.equal((await claim(store, { now: NOW + 86_400_000 })).jobs.length, 0)
      assert.equal((await store.find(id))?.state, 'running')
    },
  },
  {
    name: 'a done job gives its place back and is found with its result',
    async run(store) {
      await keep(store, ...full)
      const { jobs } = await claim(store, { places: 1 })
      const [job] = jobs
      assert.ok(job)
      await store.settle([{ job, ending: { kind: 'done', result: { number: 7 } } }], NOW + 5)
      const found = await store.find(job.id)
      assert.deepEqual([found?.state, found?.result, found?.endedAt], ['done', { number: 7 }, NOW + 5])
      await keep(store, {})
    },
  },
  {
    name: 'a job that is tried again keeps its place, and comes back at its time with its tries',
    async run(store) {
      await keep(store, ...full)
      const { jobs } = await claim(store, { places: 1 })
      const [job] = jobs
      assert.ok(job)
      await retry(store, job, NOW + 1_000)
      assert.equal(enqueue(store, [{}]), false)
      const waiting = await store.find(job.id)
      assert.deepEqual([waiting?.state, waiting?.runAt, waiting?.tries], ['waiting', NOW + 1_000, TRIED_ONCE])
      await claim(store)
      assert.equal((await claimOne(store, NOW + 1_000)).id, job.id)
    },
  },
  {
    name: 'a dead job is found with its reason, gives its place back, and is not claimed',
    async run(store) {
      await keep(store, ...full)
      const { jobs } = await claim(store, { places: 1 })
      const [job] = jobs
      assert.ok(job)
      await die(store, job)
      const found = await store.find(job.id)
      assert.deepEqual(
        [found?.state, found?.dead, found?.tries],
        ['dead', { reason: 'permanent', error: 'it is bad' }, TRIED_ONCE],
      )
      await keep(store, {})
      assert.equal((await claim(store, { places: 20 })).jobs.length, CASE_CAPACITY)
    },
  },
  {
    name: 'a claim that was settled cannot be settled again',
    async run(store) {
      await keep(store, {})
      const job = await claimOne(store)
      await done(store, job)
      await retry(store, job, NOW)
      await die(store, job)
      assert.deepEqual(await store.count(), { waiting: 0, running: 0, done: 1, dead: 0 })
    },
  },
  {
    name: 'an old claim cannot settle a job that was claimed again since',
    async run(store) {
      await keep(store, {})
      const old = await claimOne(store)
      await retry(store, old, NOW)
      const current = await claimOne(store)
      await done(store, old)
      assert.equal((await store.find(current.id))?.state, 'running')
      await done(store, current)
      assert.equal((await store.find(current.id))?.state, 'done')
    },
  },
  {
    name: 'the bell rings when a job is kept and when one is settled',
    async run(store) {
      let rings = 0
      const deafen = store.changed.onRing(() => (rings += 1))
      await keep(store, {})
      assert.ok(rings > 0)
      const job = await claimOne(store)
      rings = 0
      await done(store, job)
      assert.ok(rings > 0)
      deafen()
    },
  },
  {
    name: 'a replayed job runs again with all its attempts, and what is unknown stays unknown',
    async run(store) {
      const [id] = await keep(store, {}, {})
      const { jobs } = await claim(store)
      for (const job of jobs) await die(store, job, { ...TRIED_ONCE, unknownSince: NOW - 5 })
      assert.equal(await store.change({ ids: [id as JobId] }, { kind: 'replay' }, NOW), 1)
      const job = await claimOne(store)
      assert.deepEqual([job.id, job.tries.attempts, job.tries.unknownSince], [id, 0, NOW - 5])
      assert.deepEqual(await store.count(), { waiting: 0, running: 1, done: 0, dead: 1 })
    },
  },
  {
    name: 'only as many dead jobs are replayed as there is room for, the oldest first',
    async run(store) {
      const [oldest] = await keep(store, ...full)
      for (const job of (await claim(store)).jobs) await die(store, job)
      await keep(store, ...full.slice(1))
      assert.equal(await store.change({ task: 'a' }, { kind: 'replay' }, NOW), 1)
      assert.equal((await store.find(oldest as JobId))?.state, 'waiting')
    },
  },
  {
    name: 'only dead jobs are replayed, and only those of the filter',
    async run(store) {
      await keep(store, {}, { task: 'b' }, {})
      const { jobs } = await claim(store, { places: 2 })
      for (const job of jobs) await die(store, job)
      assert.equal(await store.change({ task: 'b' }, { kind: 'replay' }, NOW), 1)
      assert.equal(await store.change({}, { kind: 'replay' }, NOW), 1)
      assert.equal(await store.change({}, { kind: 'replay' }, NOW), 0)
    },
  },
  {
    name: 'progress is seen while a job is in work, and not after',
    async run(store) {
      const [id] = await keep(store, {})
      assert.equal(await store.change({ ids: [id as JobId] }, { kind: 'progress', part: 0.5 }, NOW), 0)
      const job = await claimOne(store)
      assert.equal(await store.change({ ids: [job.id] }, { kind: 'progress', part: 0.5 }, NOW), 1)
      assert.equal((await store.find(job.id))?.progress, 0.5)
      await retry(store, job, NOW)
      assert.equal((await store.find(job.id))?.progress, undefined)
    },
  },
  {
    name: 'an id that was never given finds nothing',
    async run(store) {
      await keep(store, {})
      assert.equal(await store.find('nobody-1' as JobId), undefined)
      assert.equal(await store.change({ ids: ['nobody-1' as JobId] }, { kind: 'replay' }, NOW), 0)
    },
  },
  {
    name: 'jobs are listed in the order they were sent, by state and task, page by page',
    async run(store) {
      const ids = await keep(store, {}, { task: 'b' }, {}, {})
      const { jobs } = await claim(store, { places: 1 })
      for (const job of jobs) await done(store, job)
      const list = async (filter: object, page = {}) =>
        (await store.list(filter, { limit: 10, ...page })).map(({ id }) => id)
      assert.deepEqual(await list({}), ids)
      assert.deepEqual(await list({ state: 'done' }), [ids[0]])
      assert.deepEqual(await list({ state: 'waiting', task: 'a' }), [ids[2], ids[3]])
      assert.deepEqual(await list({}, { limit: 2 }), [ids[0], ids[1]])
      assert.deepEqual(await list({}, { after: ids[1], limit: 2 }), [ids[2], ids[3]])
    },
  },
  {
    name: 'the counts are of what is kept, by state',
    async run(store) {
      await keep(store, {}, {}, {}, {})
      const [first, second] = (await claim(store, { places: 3 })).jobs
      assert.ok(first && second)
      await done(store, first)
      await die(store, second)
      assert.deepEqual(await store.count(), { waiting: 1, running: 1, done: 1, dead: 1 })
    },
  },
  {
    name: 'a fact is set only over the value that was expected',
    async run(store) {
      assert.equal(await store.remember('upstream/b', '1', undefined), true)
      assert.equal(await store.remember('upstream/b', '2', undefined), false)
      assert.equal(await store.remember('upstream/b', '2', '1'), true)
      await store.remember('upstream/a', 'x', undefined)
      await store.remember('pause/a', 'y', undefined)
      const facts = [
        { name: 'upstream/a', value: 'x' },
        { name: 'upstream/b', value: '2' },
      ]
      assert.deepEqual(await store.recall('upstream/'), facts)
      assert.equal(await store.remember('upstream/b', undefined, '2'), true)
      assert.deepEqual(await store.recall('upstream/'), facts.slice(0, 1))
    },
  },
]
