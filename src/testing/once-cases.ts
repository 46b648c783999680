import assert from 'node:assert/strict'
import { CASE_CAPACITY, claim, claimOne, code, die, done, enqueue, NOW, type StoreCase } from './store-case.ts'

const key = (name: string, content = 'same') => ({ key: name, content, forMs: 1_000 })

/** What `once` promises. */
export const onceCases: readonly StoreCase[] = [
  {
    name: 'a second job under the same once key is the first one',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('k')] })
      const again = await enqueue(store, [{}, {}], { onceByJob: [key('k'), undefined] })
      assert.ok(first && again)
      assert.equal(again[0], first[0])
      assert.equal((await store.count()).waiting, 2)
    },
  },
  {
    name: 'a once key with another content is a conflict, and nothing of its call is kept',
    async run(store) {
      await enqueue(store, [{}], { onceByJob: [key('k')] })
      const call = () => enqueue(store, [{}, {}], { onceByJob: [key('fresh'), key('k', 'other')] })
      await assert.rejects(async () => call(), code('conflict'))
      assert.equal((await store.count()).waiting, 1)
      const fresh = await enqueue(store, [{}], { onceByJob: [key('fresh', 'another')] })
      assert.ok(fresh)
    },
  },
  {
    name: 'the same once key twice in one call is one job',
    async run(store) {
      const ids = await enqueue(store, [{}, {}], { onceByJob: [key('k'), key('k')] })
      assert.ok(ids)
      assert.equal(ids[0], ids[1])
      assert.equal((await store.count()).waiting, 1)
      await assert.rejects(
        async () => enqueue(store, [{}, {}], { onceByJob: [key('l'), key('l', 'other')] }),
        code('conflict'),
      )
    },
  },
  {
    name: 'a call under the same once key is answered with the first ids, even where there is no room',
    async run(store) {
      const first = await enqueue(
        store,
        Array.from({ length: CASE_CAPACITY }, () => ({})),
        { once: key('k') },
      )
      assert.deepEqual(await enqueue(store, [{}], { once: key('k') }), first)
      assert.equal((await store.count()).waiting, CASE_CAPACITY)
      await assert.rejects(async () => enqueue(store, [{}], { once: key('k', 'other') }), code('conflict'))
    },
  },
  {
    name: 'a call that was not let in leaves its once keys free',
    async run(store) {
      await enqueue(
        store,
        Array.from({ length: CASE_CAPACITY }, () => ({})),
      )
      assert.equal(enqueue(store, [{}], { once: key('call'), onceByJob: [key('job')] }), false)
      const { jobs } = await claim(store, { places: 1 })
      for (const job of jobs) await done(store, job)
      const later = await enqueue(store, [{}], { once: key('call', 'other'), onceByJob: [key('job', 'other')] })
      assert.ok(later)
    },
  },
  {
    name: 'a once key is free again its time after the job ended, and no sooner',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('k')] })
      const job = await claimOne(store, NOW + 5_000)
      await done(store, job, NOW + 5_000)
      const before = await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 5_999 })
      const after = await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 6_000 })
      assert.deepEqual(before, first)
      assert.notDeepEqual(after, first)
    },
  },
  {
    name: 'the once key of a call is free again its time after the last of its jobs ended',
    async run(store) {
      const first = await enqueue(store, [{}, {}], { once: key('k'), onceByJob: [undefined, key('own')] })
      const [one, two] = (await claim(store)).jobs
      assert.ok(one && two)
      await done(store, one, NOW)
      assert.deepEqual(await enqueue(store, [{}], { once: key('k'), now: NOW + 5_000 }), first)
      await done(store, two, NOW + 5_000)
      assert.deepEqual(await enqueue(store, [{}], { once: key('k'), now: NOW + 5_999 }), first)
      assert.notDeepEqual(await enqueue(store, [{}], { once: key('k'), now: NOW + 6_000 }), first)
    },
  },
  {
    name: 'the once key of a call that kept nothing new is remembered from then on',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('job')] })
      assert.deepEqual(await enqueue(store, [{}], { once: key('call'), onceByJob: [key('job')] }), first)
      assert.deepEqual(await enqueue(store, [{}], { once: key('call'), now: NOW + 999 }), first)
      assert.notDeepEqual(await enqueue(store, [{}], { once: key('call'), now: NOW + 1_000 }), first)
    },
  },
  {
    name: 'the once key of a dead job is held again once it is replayed',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('k')] })
      await die(store, await claimOne(store))
      await store.change({}, { kind: 'replay' }, NOW + 500)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 9_000 }), first)
    },
  },
  {
    name: 'a replayed job does not take its once key back from a later one',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('k')] })
      await die(store, await claimOne(store))
      const later = await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 2_000 })
      assert.notDeepEqual(later, first)
      await store.change({}, { kind: 'replay' }, NOW + 2_000)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 2_000 }), later)
    },
  },
  {
    name: 'a replayed job takes its once key again where that was forgotten and nobody has it',
    async run(store) {
      const first = await enqueue(store, [{}], { onceByJob: [key('k')] })
      await die(store, await claimOne(store))
      await enqueue(store, [{ task: 'c' }], { onceByJob: [key('other')], now: NOW + 5_000 })
      await store.change({}, { kind: 'replay' }, NOW + 5_000)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 9_000 }), first)
      await done(store, await claimOne(store, NOW + 9_000), NOW + 9_000)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 9_999 }), first)
      assert.notDeepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 10_000 }), first)
    },
  },
  {
    name: 'a once key that a later job took ends with that one, whatever becomes of a replayed job that had it before',
    async run(store) {
      await enqueue(store, [{ task: 'b' }], { onceByJob: [key('k')] })
      await die(store, await claimOne(store))
      const later = await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 2_000 })
      await store.change({}, { kind: 'replay' }, NOW + 2_000)
      const [job] = (await claim(store, { now: NOW + 2_000, tasks: ['a'] })).jobs
      assert.ok(job)
      await done(store, job, NOW + 2_000)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 2_999 }), later)
      assert.notDeepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 3_000 }), later)
    },
  },
  {
    name: 'a replayed job that ends again frees no once key that a later job has',
    async run(store) {
      await enqueue(store, [{ task: 'b' }], { onceByJob: [key('k')] })
      await die(store, await claimOne(store))
      const later = await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 2_000 })
      await store.change({}, { kind: 'replay' }, NOW + 2_000)
      const [replayed] = (await claim(store, { now: NOW + 2_000, tasks: ['b'] })).jobs
      assert.ok(replayed)
      await done(store, replayed, NOW + 2_000)
      assert.deepEqual(await enqueue(store, [{}], { onceByJob: [key('k')], now: NOW + 9_000 }), later)
    },
  },
]
