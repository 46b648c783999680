import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore } from '../../src/store/memory.ts'
import { claimOne, keep } from '../../src/testing/store-case.ts'
import { CASE_CAPACITY, storeCases } from '../../src/testing/store-cases.ts'

describe('the cases of a store', () => {
  it('have a sentence each as a name, and no two the same', () => {
    for (const { name } of storeCases) assert.match(name, /^[^.]+ [^.]+$/)
    assert.equal(new Set(storeCases.map(({ name }) => name)).size, storeCases.length)
  })

  it('fail where a job cannot be kept that should be', async () => {
    const store = new MemoryStore({ capacity: CASE_CAPACITY })
    await keep(store, ...Array.from({ length: CASE_CAPACITY }, () => ({})))
    await assert.rejects(keep(store, {}), new Error('there is no room'))
  })

  it('fail where there is not just one job that should be claimed', async () => {
    const store = new MemoryStore({ capacity: CASE_CAPACITY })
    await assert.rejects(claimOne(store), new Error('one job should have been claimed, got 0'))
    await keep(store, {}, {})
    await assert.rejects(claimOne(store), new Error('one job should have been claimed, got 2'))
  })

  it('find a store that breaks a promise', async () => {
    const forgetful = new MemoryStore({ capacity: CASE_CAPACITY })
    forgetful.find = () => Promise.resolve(undefined)
    const failed = await Promise.allSettled(
      storeCases.filter(({ name }) => name.startsWith('a dead job is found')).map(({ run }) => run(forgetful)),
    )
    assert.deepEqual(
      failed.map(({ status }) => status),
      ['rejected'],
    )
  })
})
