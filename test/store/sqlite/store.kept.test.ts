import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import type { Store } from '../../../src/store/store.ts'
import { claim, die, done, enqueue, idsOf, keep, NOW, retry, settled } from '../../../src/testing/store-case.ts'
import { aFolder } from './folder.ts'

const HOUR_MS = 3_600_000

/** Keeps so many jobs and does them, each a millisecond after the one before. */
async function doMany(store: Store, count: number) {
  const ids = await keep(store, ...Array.from({ length: count }, () => ({})))
  for (let ended = 0; ended < count; ) {
    const { jobs } = await claim(store, { places: 10 })
    for (const job of jobs) {
      await done(store, job, NOW + ended)
      ended += 1
    }
  }
  await settled(store)
  return ids
}

describe('what a SQLite store keeps', () => {
  it('thousands of dead jobs are replayed, the oldest first, and only as many as there is room for', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'), { maxPending: 3_000 })
    const ids = await enqueue(
      store,
      Array.from({ length: 3_000 }, () => ({})),
    )
    assert.ok(ids)
    for (let left = 3_000; left > 0; ) {
      const { jobs } = await claim(store, { places: 1_000 })
      await store.settle(
        jobs.map((job) => ({
          job,
          ending: { kind: 'dead', reason: 'permanent', error: 'no', tries: job.tries } as const,
        })),
        NOW,
      )
      left -= jobs.length
    }
    await keep(store, ...Array.from({ length: 500 }, () => ({})))
    assert.equal(await store.change({}, { kind: 'replay' }, NOW), 2_500)
    const { waiting, running, dead } = await store.count()
    assert.deepEqual([waiting + running, dead], [3_000, 500])
    assert.equal((await store.find(ids[2_499] as never))?.state, 'waiting')
    assert.equal((await store.find(ids[2_500] as never))?.state, 'dead')
  })

  it('of done jobs the last are found, and the others are not', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'), { maxDone: 5 })
    const ids = await doMany(store, 12)
    assert.deepEqual(idsOf(await store.list({}, { limit: 100 })), ids.slice(-5))
    assert.equal((await store.count()).done, 5)
    assert.equal(await store.find(ids[0] as never), undefined)
    assert.equal((await store.find(ids[11] as never))?.state, 'done')
  })

  it('done jobs are forgotten after their time, and the dead are not', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'), { doneForMs: HOUR_MS })
    await doMany(store, 3)
    const [bad] = await keep(store, {})
    const [job] = (await claim(store)).jobs
    assert.ok(job)
    await die(store, job)
    await keep(store, {})
    const [last] = (await claim(store)).jobs
    assert.ok(last)
    await done(store, last, NOW + HOUR_MS + 3)
    await settled(store)
    assert.deepEqual(idsOf(await store.list({}, { limit: 100 })), [bad, last.id])
    assert.deepEqual(await store.count(), { waiting: 0, running: 0, done: 1, dead: 1 })
  })

  it('the counts are those of the lists after thousands of jobs and a restart', async () => {
    using folder = aFolder()
    const path = folder.file('a.db')
    {
      await using store = openSqlite(path, { maxDone: 50, durability: 'process' })
      const jobs = Array.from({ length: 2_500 }, () => ({ task: 'a', payload: {} }))
      const call = { jobs, priority: 8, runAt: NOW, once: undefined, onceByJob: undefined, now: NOW }
      await store.enqueue(call)
      const claimed = await claim(store, { places: 2_000 })
      assert.equal(claimed.jobs.length, 2_000)
      await store.settle(
        claimed.jobs.map((job, index) => ({
          job,
          ending:
            index % 2 === 0
              ? { kind: 'done', result: index }
              : { kind: 'dead', reason: 'permanent', error: 'bad', tries: job.tries },
        })),
        NOW,
      )
      await settled(store)
      await settled(store)
    }
    await using store = openSqlite(path, { maxDone: 50 })
    const listed = await store.list({}, { limit: 10_000 })
    const count = (state: string): number => listed.filter((job) => job.state === state).length
    const counts = { waiting: count('waiting'), running: count('running'), done: count('done'), dead: count('dead') }
    assert.deepEqual(await store.count(), counts)
    assert.deepEqual([counts.waiting, counts.running, counts.dead], [500, 0, 1_000])
  })

  for (const before of [2 ** 31 - 3, 2 ** 32 - 3, 2 ** 38]) {
    it(`jobs numbered beyond ${before} are kept, claimed, found and listed as any`, async () => {
      using folder = aFolder()
      const path = folder.file('a.db')
      await openSqlite(path)[Symbol.asyncDispose]()
      const database = openDatabase(path)
      const table = lastNumberIn(database.prepare('select sql from sqlite_schema').all() as { readonly sql: string }[])
      database.exec(`update ${table} set last_number = ${before}`)
      database.close()

      await using store = openSqlite(path)
      const ids = await keep(store, { priority: 0 }, {}, { priority: 15 }, { runAt: NOW + 5 }, { task: 'b' }, {})
      assert.deepEqual(
        ids.map((id) => Number(id.split('-')[1])),
        [1, 2, 3, 4, 5, 6].map((more) => before + more),
      )
      const [low, second, high, delayed, other, last] = ids
      assert.deepEqual(idsOf((await claim(store, { tasks: ['a'] })).jobs), [high, second, last, low])
      const [job] = (await claim(store, { tasks: ['b'] })).jobs
      assert.equal(job?.id, other)
      await retry(store, job as never, NOW + 5)
      const due = idsOf((await claim(store, { now: NOW + 5 })).jobs)
      assert.deepEqual(new Set(due), new Set([delayed, other]))
      assert.deepEqual(idsOf(await store.list({}, { after: second, limit: 3 })), [high, delayed, other])
      assert.equal((await store.find(low as never))?.priority, 0)
    })
  }
})

function lastNumberIn(schema: readonly { readonly sql: string | null }[]): string {
  const made = schema.find(({ sql }) => sql?.includes('last_number'))?.sql ?? ''
  return /create table (\w+)/i.exec(made)?.[1] ?? 'none'
}
