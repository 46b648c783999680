import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JobId } from '../../../src/core/message.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import type { KeptJob, Store } from '../../../src/store/store.ts'
import {
  claim,
  claimOne,
  die,
  done,
  enqueue,
  idsOf,
  keep,
  NOW,
  retry,
  settled,
} from '../../../src/testing/store-case.ts'
import { aFolder } from './folder.ts'

/** Two stores on one file, as two processes have them; a third may follow. */
function aSharedFile() {
  const folder = aFolder()
  const opened: Store[] = []
  const open = (): Store => {
    const store = openSqlite(folder.file('a.db'), { maxPending: 200 })
    opened.push(store)
    return store
  }
  return {
    one: open(),
    two: open(),
    open,
    async [Symbol.asyncDispose]() {
      for (const store of opened) await store[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** Claims at each ring of the bell, until there are so many. */
async function claimAll(store: Store, count: number, places = 3): Promise<readonly KeptJob[]> {
  const jobs: KeptJob[] = []
  while (jobs.length < count) {
    const claimed = await claim(store, { places: Math.min(places, count - jobs.length), now: LATER })
    jobs.push(...claimed.jobs)
    if (claimed.jobs.length === 0) await store.changed.sleep()
  }
  return jobs
}

/** Beyond the time of any clock: what was in work is due when its store has closed. */
const LATER = NOW + 10 * 365 * 86_400_000
const some = (count: number, task = 'a') => Array.from({ length: count }, () => ({ task }))

const byText = (a: string, b: string): number => (a < b ? -1 : 1)

describe('two stores on one file', () => {
  it('no job is handed to both, and each is handed out', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    const ids = [...(await keep(one, ...some(40)))]
    ids.push(...(await keep(two, ...some(40, 'b'))))
    const handed: JobId[] = []
    const work = async (store: Store): Promise<void> => {
      while (handed.length < 80) {
        const { jobs } = await claim(store, { places: 4 })
        handed.push(...idsOf(jobs))
        await Promise.all(jobs.map((job) => done(store, job)))
        if (jobs.length === 0 && handed.length < 80) await store.changed.sleep()
      }
      // Whoever sleeps finds out that all is done.
      one.changed.ring()
      two.changed.ring()
    }
    await Promise.all([work(one), work(two)])
    assert.deepEqual(handed.toSorted(byText), ids.toSorted(byText))
    assert.deepEqual(await one.count(), { waiting: 0, running: 0, done: 80, dead: 0 })
    assert.deepEqual(await two.count(), await one.count())
  })

  it('what one sends the other is told of, and gets', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    assert.deepEqual((await claim(two)).jobs, [])
    const ids = await keep(one, {}, {}, { task: 'b' })
    const jobs = await claimAll(two, 3)
    assert.deepEqual([...idsOf(jobs)].sort(), [...ids].sort())
  })

  it('each finds, lists and counts what the other did', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    await keep(one, {}, {}, {})
    const [first, second, third] = await claimAll(two, 3)
    assert.ok(first && second && third)
    await done(two, first)
    await die(two, second)
    await retry(two, third, NOW + 5)
    await settled(two)
    assert.deepEqual(
      (await one.list({}, { limit: 9 })).map(({ state }) => state),
      (await two.list({}, { limit: 9 })).map(({ state }) => state),
    )
    assert.deepEqual(await one.count(), { waiting: 1, running: 0, done: 1, dead: 1 })
    assert.equal(await one.change({}, { kind: 'replay' }, NOW), 1)
    assert.equal((await two.find(second.id))?.state, 'waiting')
  })

  it('what one has in work the other cannot settle', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    await keep(one, {}, {})
    const [mine] = await claimAll(one, 1)
    const [theirs] = await claimAll(two, 1)
    assert.ok(mine && theirs)
    await done(two, mine)
    await die(one, theirs)
    await settled(one)
    assert.deepEqual(await two.count(), { waiting: 0, running: 2, done: 0, dead: 0 })
    await done(one, mine)
    await done(two, theirs)
    assert.deepEqual(await two.count(), { waiting: 0, running: 0, done: 2, dead: 0 })
  })

  it('what one had in work when it closed comes to the other, its outcome unknown, and what it held comes as it was', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    const ids = await keep(one, ...some(20))
    const begun = await claimAll(one, 5, 1)
    for (const job of begun.slice(0, 3)) await done(one, job)
    const left = idsOf(begun.slice(3))
    await one[Symbol.asyncDispose]()
    assert.deepEqual(await two.count(), { waiting: 17, running: 0, done: 3, dead: 0 })
    const jobs = await claimAll(two, 17)
    assert.deepEqual([...idsOf(jobs)].sort(), ids.filter((id) => !idsOf(begun.slice(0, 3)).includes(id)).sort())
    for (const { id, tries } of jobs) {
      assert.equal(tries.unknownSince !== undefined, left.includes(id), `the outcome of ${id}`)
      assert.deepEqual([tries.attempts, tries.deaths], [0, 0], 'a store that closes is no death')
    }
  })

  it('a claim from before its store closed settles nothing of what the other has claimed since', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    await keep(one, {})
    const old = await claimOne(one)
    await one[Symbol.asyncDispose]()
    const [job] = await claimAll(two, 1)
    assert.equal(job?.id, old.id)
    const again = file.open()
    for (const store of [again, two]) {
      await done(store, old)
      await settled(store)
      assert.equal((await store.find(old.id))?.state, 'running')
    }
  })

  it('a job is counted in the room of both', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    await keep(one, ...some(150))
    await settled(two)
    assert.equal(enqueue(two, some(51)), false)
    assert.ok(await enqueue(two, some(50)))
    await settled(one)
    assert.equal(enqueue(one, [{}]), false)
  })

  it('a once key holds for both', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    const once = { key: 'k', content: 'same', forMs: 1_000 }
    const [first, second] = await Promise.all([
      enqueue(one, [{}], { once }) as Promise<readonly JobId[]>,
      enqueue(two, [{}], { once }) as Promise<readonly JobId[]>,
    ])
    assert.deepEqual(first, second)
    assert.equal((await one.count()).waiting, 1)
  })

  it('a fact is set by one of the two', async () => {
    await using file = aSharedFile()
    const { one, two } = file
    const addOne = async (store: Store): Promise<void> => {
      for (;;) {
        const [fact] = await store.recall('f')
        if (await store.remember('f', String(Number(fact?.value ?? 0) + 1), fact?.value)) return
      }
    }
    await Promise.all([one, two, one, two, one, two].map(addOne))
    assert.deepEqual(await one.recall(''), [{ name: 'f', value: '6' }])
  })

  it('the ids of both are different, and of one file', async () => {
    await using file = aSharedFile()
    const sent = await Promise.all([file.one, file.two].map((store) => keep(store, ...some(30))))
    const ids = sent.flat()
    assert.equal(new Set(ids).size, 60)
    assert.equal(new Set(ids.map((id) => id.split('-')[0])).size, 1)
    assert.equal((await file.one.list({}, { limit: 100 })).length, 60)
  })
})
