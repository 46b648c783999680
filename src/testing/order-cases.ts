import assert from 'node:assert/strict'
import { claim, claimOne, done, idsOf, keep, NOW, retry, type StoreCase, TRIED_ONCE } from './store-case.ts'

const backlog = Array.from({ length: 7 }, () => ({}))

/** Which jobs are claimed first, and which not yet. */
export const orderCases: readonly StoreCase[] = [
  {
    name: 'the backlog of one task takes no turn from another',
    async run(store) {
      await keep(store, ...backlog, { task: 'b' }, { task: 'b' })
      for (const left of [1, 0]) {
        const { jobs } = await claim(store, { places: 2 })
        assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'b'], `${left} of b left`)
      }
      assert.equal((await claim(store)).jobs.length, 5)
    },
  },
  {
    name: 'a task whose jobs nobody asks for holds up no other',
    async run(store) {
      await keep(store, ...backlog, { task: 'b' })
      const { jobs } = await claim(store, { places: 5, tasks: ['b'] })
      assert.deepEqual(
        jobs.map(({ task }) => task),
        ['b'],
      )
    },
  },
  {
    name: 'a priority puts a job before others of its task, and of no other',
    async run(store) {
      await keep(store, { priority: 15 }, { priority: 15 }, { task: 'b', priority: 0 })
      const { jobs } = await claim(store, { places: 2 })
      assert.deepEqual(jobs.map(({ task }) => task).sort(), ['a', 'b'])
    },
  },
  {
    name: 'jobs of one priority are claimed in the order they were sent, claim after claim',
    async run(store) {
      const ids = await keep(store, ...backlog)
      const claimed = []
      for (const places of [1, 2, 1, 3]) claimed.push(...idsOf((await claim(store, { places })).jobs))
      assert.deepEqual(claimed, ids)
    },
  },
  {
    name: 'every one of the 16 priorities has its rank',
    async run(store) {
      const priorities = [3, 15, 0, 8, 7, 14, 1, 12]
      await keep(store, ...priorities.map((priority) => ({ priority })))
      const { jobs } = await claim(store)
      assert.deepEqual(
        jobs.map(({ priority }) => priority),
        priorities.toSorted((a, b) => b - a),
      )
    },
  },
  {
    name: 'delayed jobs come in the order of their times, and each not a millisecond before',
    async run(store) {
      const [third, first, second] = await keep(store, { runAt: NOW + 30 }, { runAt: NOW + 10 }, { runAt: NOW + 20 })
      for (const [at, id] of [
        [NOW + 10, first],
        [NOW + 20, second],
        [NOW + 30, third],
      ] as const) {
        assert.deepEqual(await claim(store, { now: at - 1 }), { jobs: [], nextAt: at })
        assert.equal((await claimOne(store, at)).id, id)
      }
    },
  },
  {
    name: 'a delayed job comes by its priority once it is due',
    async run(store) {
      const [high] = await keep(store, { runAt: NOW + 10, priority: 15 }, {}, {})
      assert.equal((await claim(store, { places: 1 })).jobs[0]?.priority, 8)
      const jobs = (await claim(store, { now: NOW + 10 })).jobs
      assert.equal(jobs[0]?.id, high)
    },
  },
  {
    name: 'a time in the past is now',
    async run(store) {
      const [id] = await keep(store, { runAt: NOW - 1_000 })
      assert.deepEqual(idsOf([await claimOne(store)]), [id])
    },
  },
  {
    name: 'a job that is tried again later holds up none behind it',
    async run(store) {
      const [first, second] = await keep(store, {}, {})
      const [job] = (await claim(store, { places: 1 })).jobs
      assert.ok(job)
      await retry(store, job, NOW + 1_000)
      const { jobs, nextAt } = await claim(store)
      assert.deepEqual([idsOf([job]), idsOf(jobs), nextAt], [[first], [second], NOW + 1_000])
    },
  },
  {
    name: 'a job that is tried again at once can be claimed as soon as that is written',
    async run(store) {
      await keep(store, {})
      const job = await claimOne(store)
      await retry(store, job, NOW)
      const { jobs } = await claim(store)
      assert.deepEqual(idsOf(jobs), [job.id])
      assert.deepEqual(jobs[0]?.tries, TRIED_ONCE)
    },
  },
  {
    name: 'a job that is tried again at once keeps its priority',
    async run(store) {
      await keep(store, { priority: 0 }, { priority: 15 })
      const room = [{ task: 'a', places: 1, shared: { upstream: 'u', places: 1 } }]
      const claimNext = async () => (await store.claim({ owner: 'case', places: 1, room, now: NOW })).jobs
      const [high] = await claimNext()
      assert.ok(high)
      await retry(store, high, NOW)
      assert.deepEqual(idsOf(await claimNext()), [high.id])
    },
  },
  {
    name: 'the next time that a claim tells is that of any task, asked for or not',
    async run(store) {
      await keep(store, { task: 'c', runAt: NOW + 5 }, { runAt: NOW + 9 })
      assert.equal((await claim(store)).nextAt, NOW + 5)
      assert.equal((await claim(store, { now: NOW + 5 })).nextAt, NOW + 9)
    },
  },
  {
    name: 'what is settled is no longer waited for',
    async run(store) {
      await keep(store, {})
      const job = await claimOne(store)
      await retry(store, job, NOW + 5)
      await done(store, await claimOne(store, NOW + 5))
      assert.deepEqual(await claim(store, { now: NOW + 99 }), { jobs: [], nextAt: undefined })
    },
  },
]
