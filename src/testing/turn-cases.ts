import assert from 'node:assert/strict'
import {
  CASE_CAPACITY,
  claim,
  claimOne,
  code,
  done,
  enqueue,
  idsOf,
  keep,
  NOW,
  settled,
  type StoreCase,
  TRIED_ONCE,
} from './store-case.ts'

const once = (key: string, content = 'same') => ({ key, content, forMs: 1_000 })
const some = (count: number) => Array.from({ length: count }, () => ({}))

/** What holds for a call whole, and for calls that come in one turn of the event loop. */
export const turnCases: readonly StoreCase[] = [
  {
    name: 'a call with several tasks is kept whole or refused whole',
    async run(store) {
      await keep(store, ...some(CASE_CAPACITY - 2))
      const mixed = [{ task: 'b' }, { task: 'c' }, { task: 'b' }]
      assert.equal(enqueue(store, mixed), false)
      await enqueue(store, [{ task: 'd' }], { once: once('k') })
      await assert.rejects(async () => enqueue(store, [{ task: 'b' }], { once: once('k', 'other') }), code('conflict'))
      assert.deepEqual(await store.list({ task: 'b' }, { limit: 10 }), [])
      assert.deepEqual(await store.list({ task: 'c' }, { limit: 10 }), [])
      assert.equal((await store.count()).waiting, CASE_CAPACITY - 1)
    },
  },
  {
    name: 'calls of one turn together take no more than the room',
    async run(store) {
      const kept = [6, 6, 4].map(async (count) => enqueue(store, some(count)))
      assert.deepEqual(
        (await Promise.all(kept)).map((ids) => ids && ids.length),
        [6, false, 4],
      )
      assert.equal((await store.count()).waiting, CASE_CAPACITY)
    },
  },
  {
    name: 'a call that is refused takes no other of its turn with it',
    async run(store) {
      await enqueue(store, [{}], { once: once('k') })
      const calls = [once('l'), once('k', 'other'), once('m')].map(async (each) => enqueue(store, [{}], { once: each }))
      const answers = await Promise.allSettled(calls)
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.equal((await store.count()).waiting, 3)
    },
  },
  {
    name: 'calls of one turn under one once key are one job',
    async run(store) {
      const calls = [1, 2, 3].map(async () => enqueue(store, [{}], { onceByJob: [once('k')] }))
      const [first, ...others] = await Promise.all(calls)
      assert.ok(first)
      for (const ids of others) assert.deepEqual(ids, first)
      assert.equal((await store.count()).waiting, 1)
    },
  },
  {
    name: 'calls of one turn under one once key and with other contents conflict',
    async run(store) {
      const calls = ['one', 'other'].map(async (content) => enqueue(store, [{}], { once: once('k', content) }))
      const [kept, refused] = await Promise.allSettled(calls)
      assert.equal(kept?.status, 'fulfilled')
      assert.equal(refused?.status === 'rejected' && refused.reason.code, 'conflict')
      assert.equal((await store.count()).waiting, 1)
    },
  },
  {
    name: 'claims of one turn share no job',
    async run(store) {
      const ids = await keep(store, ...some(6), { task: 'b' }, { task: 'b' })
      const claims = await Promise.all([1, 2, 3].map(() => claim(store, { places: 2 })))
      claims.push(await claim(store))
      assert.deepEqual(claims.flatMap(({ jobs }) => idsOf(jobs)).sort(), [...ids].sort())
    },
  },
  {
    name: 'of endings that are settled together each is written, and those of old claims change nothing',
    async run(store) {
      await keep(store, {}, {}, {})
      const [one, two, three] = (await claim(store)).jobs
      assert.ok(one && two && three)
      await done(store, two)
      await store.settle(
        [
          { job: one, ending: { kind: 'done', result: 1 } },
          { job: two, ending: { kind: 'retry', at: NOW, tries: TRIED_ONCE } },
          { job: one, ending: { kind: 'retry', at: NOW, tries: TRIED_ONCE } },
          { job: three, ending: { kind: 'snoozed', at: NOW + 5, tries: TRIED_ONCE } },
        ],
        NOW,
      )
      await settled(store)
      assert.deepEqual(await store.count(), { waiting: 1, running: 0, done: 2, dead: 0 })
      assert.equal((await store.find(one.id))?.result, 1)
      assert.equal((await claimOne(store, NOW + 5)).id, three.id)
    },
  },
  {
    name: 'to settle nothing changes nothing',
    async run(store) {
      await keep(store, {})
      await store.settle([], NOW)
      assert.deepEqual(await store.count(), { waiting: 1, running: 0, done: 0, dead: 0 })
    },
  },
]
