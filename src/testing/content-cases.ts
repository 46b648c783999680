import assert from 'node:assert/strict'
import { claim, claimOne, enqueue, keep, NOW, settle, settled, type StoreCase, TRIED_ONCE } from './store-case.ts'

/** What a text can hold that gets lost on the way: NUL, quotation marks, two halves of a pair alone, line ends, and more. */
const TEXT = '\0 \u0001 \' " \\ % _ é ü 日本語 😀 \ud83d \ude00 \u2028 \ufeff \uffff \r\n e\u0301'
const MIB = 1_048_576

/** What is kept comes back as it was. */
export const contentCases: readonly StoreCase[] = [
  {
    name: 'a payload comes back as it was, whatever it holds',
    async run(store) {
      const payload = {
        text: TEXT,
        [TEXT]: TEXT,
        numbers: [0, -1.5, 1e308, 5e-324, 2 ** 53, -(2 ** 53)],
        nested: { empty: {}, list: [[], [null, false, '']] },
        constructor: 'x',
        task: 'y',
      }
      const [id] = await keep(store, { payload })
      assert.deepEqual((await claimOne(store)).payload, payload)
      assert.ok(id)
      assert.deepEqual((await store.find(id))?.payload, payload)
    },
  },
  {
    name: 'a payload of 1 MiB comes back as it was',
    async run(store) {
      const payload = { text: 'é'.repeat(MIB / 2 - 10) }
      await keep(store, { payload })
      const job = await claimOne(store)
      assert.deepEqual(job.payload, payload)
      assert.deepEqual((await store.find(job.id))?.payload, payload)
    },
  },
  {
    name: 'results and errors come back as they were',
    async run(store) {
      const results = [undefined, null, 0, '', false, [], { text: TEXT }, TEXT]
      await keep(store, ...results.map(() => ({})), {})
      const { jobs } = await claim(store)
      const last = { kind: 'retry', error: TEXT } as const
      for (const [index, job] of jobs.slice(0, -1).entries()) {
        await settle(store, job, { kind: 'done', result: results[index] })
      }
      const bad = jobs.at(-1)
      assert.ok(bad)
      const tries = { ...TRIED_ONCE, last }
      await settle(store, bad, { kind: 'dead', reason: 'permanent', error: 'it is bad: é 日本語 😀 \0 \n', tries })
      await settled(store)
      const found = await store.list({}, { limit: 100 })
      assert.deepEqual(
        found.slice(0, -1).map(({ result }) => result),
        results,
      )
      assert.deepEqual(found.at(-1)?.dead, { reason: 'permanent', error: 'it is bad: é 日本語 😀 \0 \n' })
      assert.deepEqual(found.at(-1)?.tries, tries)
    },
  },
  {
    name: 'a task may have any name',
    async run(store) {
      const tasks = ['', ' ', "'; drop table job; --", '日本語 😀', 'a%', 'a_', '__proto__', 'A', 'a', 'a\0b']
      await keep(store, ...tasks.map((task) => ({ task })))
      for (const task of tasks) {
        const { jobs } = await claim(store, { tasks: [task] })
        assert.deepEqual(
          jobs.map((job) => job.task),
          [task],
        )
        assert.equal((await store.list({ task }, { limit: 2 })).length, 1)
      }
    },
  },
  {
    name: 'once keys are the same only where each character is',
    async run(store) {
      const keys = ['k', 'K', 'k ', 'k\0', 'k\0l', 'é', 'e\u0301', 'k%', '\ud83d', '\ude00']
      const once = keys.map((key) => ({ key, content: 'same', forMs: 1_000 }))
      const ids = await enqueue(
        store,
        keys.map(() => ({})),
        { onceByJob: once },
      )
      assert.ok(ids)
      assert.equal(new Set(ids).size, keys.length)
      for (const [index, id] of ids.entries()) {
        assert.deepEqual(await enqueue(store, [{}], { onceByJob: once.slice(index, index + 1) }), [id])
      }
    },
  },
  {
    name: 'what a job has been through comes back to the last field',
    async run(store) {
      const tries = {
        attempts: 3,
        deaths: 2,
        snoozes: 5,
        closings: 7,
        asks: 11,
        unknownSince: NOW - 13,
        last: { kind: 'unknown', error: TEXT },
      } as const
      await keep(store, {})
      await settle(store, await claimOne(store), { kind: 'unknown', at: NOW, tries })
      const job = await claimOne(store)
      assert.deepEqual(job.tries, tries)
      assert.deepEqual((await store.find(job.id))?.tries, tries)
    },
  },
]
