import assert from 'node:assert/strict'
import type { JobId } from '../core/message.ts'
import type { KeptJob, Store } from '../store/store.ts'
import {
  CASE_CAPACITY,
  claim,
  claimOne,
  code,
  die,
  done,
  durableCase,
  enqueue,
  idsOf,
  keep,
  NOW,
  retry,
  settle,
  type StoreCase,
} from './store-case.ts'

const once = { key: 'k', content: 'same', forMs: 1_000 }

/** One job done, one dead, one tried again later, one delayed, and two that are due. */
async function ofEachKind(store: Store): Promise<readonly JobId[]> {
  const ids = await keep(store, {}, {}, {}, { runAt: NOW + 500 }, { task: 'b', priority: 3 }, { payload: { n: 6 } })
  const [one, two, three] = (await claim(store, { places: 3, tasks: ['a'] })).jobs
  assert.ok(one && two && three)
  await settle(store, one, { kind: 'done', result: { number: 7 } }, NOW + 1)
  await die(store, two)
  await retry(store, three, NOW + 1_000)
  return ids
}

/** What outlives the store. */
export const durableCases: readonly StoreCase[] = [
  durableCase('after a restart each job is as it was', async (store, reopen) => {
    const ids = await ofEachKind(store)
    await store.remember('fact', 'value', undefined)
    const before = await store.list({}, { limit: 100 })
    const again = await reopen()
    assert.deepEqual(await again.list({}, { limit: 100 }), before)
    assert.deepEqual(idsOf(before), ids)
    assert.deepEqual(await again.recall(''), [{ name: 'fact', value: 'value' }])
  }),
  durableCase('the counts are right as soon as it is opened', async (store, reopen) => {
    await ofEachKind(store)
    const counts = { waiting: 4, running: 0, done: 1, dead: 1 }
    assert.deepEqual(await store.count(), counts)
    const again = await reopen()
    assert.deepEqual(await again.count(), counts)
  }),
  durableCase('the room is as it was after a restart', async (store, reopen) => {
    await keep(store, ...Array.from({ length: CASE_CAPACITY - 1 }, () => ({})))
    const again = await reopen()
    assert.equal(enqueue(again, [{}, {}]), false)
    assert.ok(await enqueue(again, [{}]))
  }),
  durableCase('jobs come in their order and at their times after a restart', async (store, reopen) => {
    const [low, high, delayed, first] = await keep(
      store,
      { priority: 0 },
      { priority: 15 },
      { priority: 15, runAt: NOW + 500 },
      {},
    )
    const again = await reopen()
    const [second] = await keep(again, {})
    const { jobs, nextAt } = await claim(again)
    assert.deepEqual(idsOf(jobs), [high, first, second, low])
    assert.equal(nextAt, NOW + 500)
    assert.deepEqual(idsOf([await claimOne(again, NOW + 500)]), [delayed])
  }),
  durableCase('no id is ever given again', async (store, reopen) => {
    const given = new Set(await keep(store, {}, {}))
    for (const job of (await claim(store)).jobs) await done(store, job)
    let open = store
    for (const opening of [1, 2, 3]) {
      open = await reopen()
      for (const id of await keep(open, {}, {})) given.add(id)
      for (const job of (await claim(open)).jobs) await done(open, job)
      assert.equal(given.size, 2 + 2 * opening)
    }
    assert.deepEqual(idsOf(await open.list({}, { limit: 100 })), [...given])
  }),
  durableCase('a job that was in work when its store closed is free, its outcome unknown', async (store, reopen) => {
    const ids = await keep(store, {}, {})
    const before = await claimFirst(store)
    await store.change({ ids: [before.id] }, { kind: 'progress', part: 0.5 }, NOW)
    const again = await reopen()
    assert.deepEqual(await again.count(), { waiting: 2, running: 0, done: 0, dead: 0 })
    const later = NOW + 10 * 365 * 86_400_000
    const { jobs } = await claim(again, { now: later })
    assert.deepEqual(idsOf(jobs), ids)
    const [begun, untouched] = jobs
    assert.ok(begun && untouched)
    assert.ok(begun.tries.unknownSince !== undefined)
    assert.deepEqual([begun.tries.attempts, begun.tries.last?.kind, begun.progress], [0, 'unknown', undefined])
    assert.deepEqual([untouched.tries, untouched.runAt], [before.tries, NOW])
  }),
  durableCase('a claim from before a restart settles nothing', async (store, reopen) => {
    await keep(store, {})
    const old = await claimOne(store)
    const again = await reopen()
    await done(again, old)
    assert.deepEqual(await again.count(), { waiting: 1, running: 0, done: 0, dead: 0 })
    const [job] = (await claim(again, { now: NOW + 10 * 365 * 86_400_000 })).jobs
    assert.equal(job?.id, old.id)
    await die(again, old)
    assert.deepEqual(await again.count(), { waiting: 0, running: 1, done: 0, dead: 0 })
  }),
  durableCase('a once key outlives a restart, and ends at its time', async (store, reopen) => {
    const first = await enqueue(store, [{}], { once, onceByJob: [{ ...once, key: 'own' }] })
    let open = await reopen()
    assert.deepEqual(await enqueue(open, [{}], { once }), first)
    assert.deepEqual(await enqueue(open, [{}], { onceByJob: [{ ...once, key: 'own' }] }), first)
    await assert.rejects(async () => enqueue(open, [{}], { once: { ...once, content: 'other' } }), code('conflict'))
    await done(open, await claimOne(open))
    open = await reopen()
    assert.deepEqual(await enqueue(open, [{}], { once, now: NOW + 999 }), first)
    assert.notDeepEqual(await enqueue(open, [{}], { once, now: NOW + 1_000 }), first)
  }),
  durableCase('a dead job is replayed after a restart, with its once key', async (store, reopen) => {
    const first = await enqueue(store, [{}], { once })
    await die(store, await claimOne(store))
    const again = await reopen()
    assert.equal(await again.change({}, { kind: 'replay' }, NOW + 500), 1)
    assert.deepEqual(await enqueue(again, [{}], { once, now: NOW + 9_000 }), first)
  }),
]

/** Claims only the first of them. */
async function claimFirst(store: Store): Promise<KeptJob> {
  const [job] = (await claim(store, { places: 1 })).jobs
  assert.ok(job)
  return job
}
