import assert from 'node:assert/strict'
import type { JobId } from '../core/message.ts'
import { claim, claimOne, die, done, idsOf, keep, NOW, retry, settled, type StoreCase } from './store-case.ts'

const ALL = { limit: 100 }

/** Finding, listing and changing what fits a filter. */
export const lookCases: readonly StoreCase[] = [
  {
    name: 'pages miss no job and show none twice while jobs move on',
    async run(store) {
      const ids = await keep(store, ...Array.from({ length: 8 }, (_, n) => ({ task: n % 2 === 0 ? 'a' : 'b' })))
      const seen: JobId[] = []
      for (let page = 0; page < 4; page += 1) {
        seen.push(...idsOf(await store.list({}, { after: seen.at(-1), limit: 2 })))
        const [one, two] = (await claim(store, { places: 2 })).jobs
        if (one !== undefined) await (page % 2 === 0 ? done(store, one) : die(store, one))
        if (two !== undefined) await retry(store, two, NOW + page)
        await settled(store)
      }
      assert.deepEqual(seen, ids)
    },
  },
  {
    name: 'a job keeps its place in the list whatever becomes of it',
    async run(store) {
      const ids = await keep(store, {}, { priority: 15 }, {}, { runAt: NOW + 5 }, { task: 'b' })
      const [one, two, three] = (await claim(store)).jobs
      assert.ok(one && two && three)
      await done(store, one)
      await die(store, two)
      await retry(store, three, NOW + 5)
      await settled(store)
      assert.deepEqual(idsOf(await store.list({}, ALL)), ids)
      await store.change({}, { kind: 'replay' }, NOW)
      assert.deepEqual(idsOf(await store.list({}, ALL)), ids)
    },
  },
  {
    name: 'jobs that are named are listed once each, in the order they were sent, where they fit',
    async run(store) {
      const [one, two, three] = await keep(store, {}, { task: 'b' }, {})
      assert.ok(one && two && three)
      const nobody = 'nobody-1' as JobId
      assert.deepEqual(idsOf(await store.list({ ids: [three, nobody, one, three] }, ALL)), [one, three])
      assert.deepEqual(idsOf(await store.list({ ids: [three, two, one], task: 'a' }, ALL)), [one, three])
      assert.deepEqual(idsOf(await store.list({ ids: [three, two, one] }, { after: one, limit: 1 })), [two])
      assert.deepEqual(await store.list({ ids: [one], state: 'dead' }, ALL), [])
      assert.deepEqual(await store.list({ ids: [] }, ALL), [])
    },
  },
  {
    name: 'a page after a job of another store is empty',
    async run(store) {
      await keep(store, {})
      assert.deepEqual(await store.list({}, { after: 'nobody-1' as JobId, limit: 1 }), [])
    },
  },
  {
    name: 'a task that nobody sent to has no jobs',
    async run(store) {
      await keep(store, {})
      assert.deepEqual(await store.list({ task: 'nobody' }, ALL), [])
      assert.equal(await store.change({ task: 'nobody' }, { kind: 'replay' }, NOW), 0)
      assert.deepEqual((await claim(store, { tasks: ['nobody'] })).jobs, [])
    },
  },
  {
    name: 'a replay changes only what fits the whole of its filter',
    async run(store) {
      const [dead, waiting] = await keep(store, {}, { task: 'b' })
      assert.ok(dead && waiting)
      await die(store, (await claim(store, { tasks: ['a'] })).jobs[0] as never)
      assert.equal(await store.change({ state: 'waiting' }, { kind: 'replay' }, NOW), 0)
      assert.equal(await store.change({ ids: [waiting] }, { kind: 'replay' }, NOW), 0)
      assert.equal(await store.change({ ids: [dead], task: 'b' }, { kind: 'replay' }, NOW), 0)
      assert.equal(await store.change({ ids: [dead, waiting], state: 'dead' }, { kind: 'replay' }, NOW), 1)
    },
  },
  {
    name: 'progress is told only of jobs that fit the whole of the filter',
    async run(store) {
      await keep(store, {})
      const { id } = await claimOne(store)
      const tell = (filter: object) => store.change(filter, { kind: 'progress', part: 0.5 }, NOW)
      assert.deepEqual(await Promise.all([tell({ ids: [id], state: 'done' }), tell({ ids: [id], task: 'b' })]), [0, 0])
      assert.equal((await store.find(id))?.progress, undefined)
    },
  },
  {
    name: 'progress is not seen of a job that has ended',
    async run(store) {
      await keep(store, {}, {})
      const { jobs } = await claim(store)
      assert.equal(await store.change({ ids: idsOf(jobs) }, { kind: 'progress', part: 0.5 }, NOW), 2)
      const [one, two] = jobs
      assert.ok(one && two)
      await done(store, one)
      await die(store, two)
      await settled(store)
      const found = await store.list({}, ALL)
      assert.deepEqual(
        found.map(({ state, progress }) => [state, progress]),
        [
          ['done', undefined],
          ['dead', undefined],
        ],
      )
    },
  },
  {
    name: 'the bell rings when dead jobs are replayed',
    async run(store) {
      await keep(store, {})
      await die(store, await claimOne(store))
      await settled(store)
      let rings = 0
      const deafen = store.changed.onRing(() => (rings += 1))
      await store.change({}, { kind: 'replay' }, NOW)
      assert.ok(rings > 0)
      deafen()
    },
  },
]
