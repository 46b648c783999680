import assert from 'node:assert/strict'
import { type Store, task, Upstream, Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { aFolder } from '../store/sqlite/folder.ts'

export interface Numbered {
  readonly n: number
}

export const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ task: 'a', n }) as const)

/** A file, and the processes on it: each has a store, an upstream of the same name and a worker that calls it. */
export function aFile() {
  const folder = aFolder()
  const clock = new FakeClock()
  const stores: Store[] = []
  const open = (): Store => {
    const store = openSqlite(folder.file('a.db'), { clock, durability: 'process' })
    stores.push(store)
    return store
  }
  return {
    clock,
    open,
    /** `random`: by how much of what it may it waits longer than others say. */
    process: ({
      name = 'receipts',
      random = 0,
      run = (_payload: Numbered): unknown => undefined,
      store = open(),
    } = {}) => {
      const calls: number[] = []
      const upstream = new Upstream(name, { clock, random: () => 0.5, failuresToClose: 1 })
      const worker = new Worker({
        store,
        tasks: {
          a: task({
            upstream,
            retry: { minMs: 0, maxMs: 0 },
            run: async (payload: Numbered) => {
              calls.push(clock.elapsed())
              await run(payload)
            },
          }),
        },
        clock,
        random: () => random,
      })
      return { store, upstream, worker, calls }
    },
    /** Lets time pass in little steps until the fact is there. */
    async until(fact: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
      for (let ms = 0; ms < withinMs; ms += 10) {
        if (await fact()) return
        await clock.advance(10)
      }
      assert.ok(await fact(), `not within ${withinMs} ms`)
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

export const MINUTE: number = 60_000
