import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_FACTS } from '../../src/store/fact-memory.ts'
import { MAX_DEAD, MAX_DONE, MemoryStore } from '../../src/store/memory.ts'
import { claim, die, done, enqueue, keep } from '../../src/testing/store-case.ts'
import { CASE_CAPACITY, storeCases } from '../../src/testing/store-cases.ts'

describe('every store', () => {
  for (const { name, needs, run } of storeCases) {
    const skip = needs === undefined ? false : `the memory store is not ${needs}`
    it(name, { skip }, async () => {
      await using store = new MemoryStore({ capacity: CASE_CAPACITY })
      await run(store)
    })
  }
})

describe('the memory store', () => {
  it('keeps the last done jobs, and no more', async () => {
    const store = new MemoryStore({ capacity: 1 })
    const ids = []
    for (let sent = 0; sent < MAX_DONE + 1; sent += 1) {
      ids.push(...(await keep(store, {})))
      for (const job of (await claim(store)).jobs) await done(store, job)
    }
    assert.equal((await store.count()).done, MAX_DONE)
    const found = await Promise.all([ids[0], ids[1], ids.at(-1)].map((id) => store.find(id as never)))
    assert.deepEqual(
      found.map((job) => job?.state),
      [undefined, 'done', 'done'],
    )
  })

  it('refuses sends while too many dead jobs are kept, drops none, and takes sends again after a replay', async () => {
    const store = new MemoryStore({ capacity: MAX_DEAD })
    await keep(store, ...Array.from({ length: MAX_DEAD }, () => ({})))
    for (const job of (await claim(store, { places: MAX_DEAD })).jobs) await die(store, job)
    assert.throws(() => enqueue(store, [{}]), { code: 'too_many_dead' })
    assert.equal((await store.count()).dead, MAX_DEAD)
    await store.change({}, { kind: 'replay' }, 0)
    assert.equal((await store.count()).dead, 0)
  })

  it('refuses more facts than it has room for, and still changes those it has', async () => {
    const store = new MemoryStore({ capacity: 1 })
    for (let index = 0; index < MAX_FACTS; index += 1) await store.remember(`fact/${index}`, 'x', undefined)
    await assert.rejects(store.remember('one more', 'x', undefined), { code: 'no_room' })
    assert.equal(await store.remember('fact/0', 'y', 'x'), true)
  })

  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    it(`refuses a capacity of ${capacity}`, () => {
      assert.throws(() => new MemoryStore({ capacity }), {
        code: 'invalid_option',
        message: `capacity must be a whole number of at least 1, got ${capacity}`,
      })
    })
  }
})
