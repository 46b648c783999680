import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, type Store, subscribe, Worker } from '../../src/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { ClaimQuery } from '../../src/store/store.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { running, until } from './running.ts'

/** A memory store whose verbs fail while they are named in `failing`. */
function failingStore(): { readonly store: Store; readonly failing: Set<string> } {
  const failing = new Set<string>()
  const memory = new MemoryStore({ capacity: 100 })
  const store = new Proxy(memory, {
    get(_target, verb) {
      if (failing.has(verb as string)) return () => Promise.reject(new Error(`${String(verb)}: disk I/O error`))
      const value: unknown = Reflect.get(memory, verb, memory)
      return typeof value === 'function' ? value.bind(memory) : value
    },
  })
  return { store, failing }
}

describe('a store that fails for a while', () => {
  it('to claim is asked again a second later', async () => {
    const clock = new FakeClock()
    const { store, failing } = failingStore()
    let runs = 0
    const worker = new Worker({ store, tasks: { a: async () => void (runs += 1) }, clock })
    const failures: string[] = []
    const end = subscribe('store.failed', ({ verb }) => failures.push(verb))
    failing.add('claim')
    await using _ = running(worker)
    await worker.send({ task: 'a' })
    await clock.advance(2_500)
    failing.clear()
    assert.equal(runs, 0)
    await clock.advance(1_000)
    await worker.idle()
    end()
    assert.ok(failures.length >= 3)
    assert.deepEqual([new Set(failures), runs], [new Set(['claim']), 1])
  })

  it('to settle is told again what ended: nothing runs twice, and little more begins meanwhile', async () => {
    const clock = new FakeClock()
    const { store, failing } = failingStore()
    const runs: number[] = []
    const worker = new Worker({
      store,
      tasks: { a: async ({ n }: { n: number }) => void runs.push(n) },
      clock,
      concurrency: 2,
    })
    failing.add('settle')
    await using _ = running(worker)
    await worker.send(...[1, 2, 3, 4, 5, 6].map((n) => ({ task: 'a' as const, n })))
    await clock.advance(5_000)
    assert.deepEqual(runs, [1, 2, 3, 4])
    failing.clear()
    await clock.advance(1_000)
    await worker.idle()
    assert.deepEqual(runs, [1, 2, 3, 4, 5, 6])
  })

  it('to settle is asked once a second, also while the worker stops', async () => {
    const clock = new FakeClock()
    const { store, failing } = failingStore()
    let failures = 0
    const end = subscribe('store.failed', () => (failures += 1))
    const worker = new Worker({ store, tasks: { a: async () => {} }, clock })
    failing.add('settle')
    const worked = running(worker)
    await worker.send({ task: 'a' })
    await clock.advance(1_000)
    failures = 0
    let isStopped = false
    const stopping = worked.stop().then(() => (isStopped = true))
    await clock.advance(60_000)
    end()
    assert.ok(isStopped)
    assert.ok(failures >= 20 && failures <= 30, `${failures} tries in 22 s`)
    failing.clear()
    await stopping
  })

  it('to write progress does not harm the job', async () => {
    const { store, failing } = failingStore()
    const failures: string[] = []
    const end = subscribe('store.failed', ({ verb }) => failures.push(verb))
    failing.add('change')
    const worker = new Worker({
      store,
      tasks: {
        a: async (_payload: object, context: Context) => {
          context.progress(0.5)
        },
      },
    })
    await using _ = running(worker)
    await worker.send({ task: 'a' })
    await worker.idle()
    await until(() => failures.length > 0)
    end()
    assert.deepEqual(failures, ['change'])
  })
})

describe('a worker with a store', () => {
  it("refuses a capacity: that is the memory store's", () => {
    const store = new MemoryStore({ capacity: 1 })
    assert.throws(() => new Worker({ store, tasks: { a: async () => {} }, capacity: 1 }), { code: 'invalid_option' })
  })

  it('shares it with another: each takes its own tasks', async () => {
    const store = new MemoryStore({ capacity: 10 })
    const ran: string[] = []
    const one = new Worker({ store, tasks: { a: async () => void ran.push('a') } })
    const two = new Worker({ store, tasks: { b: async () => void ran.push('b') } })
    await one.send({ task: 'a' })
    await two.send({ task: 'b' })
    await using _one = running(one)
    await using _two = running(two)
    await one.idle()
    assert.deepEqual(ran.sort(), ['a', 'b'])
  })
})

/** A store whose claims are answered only when they are let. */
function slowStore(): { readonly store: Store; letClaim(): void } {
  const memory = new MemoryStore({ capacity: 100 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const store = new Proxy(memory, {
    get(_target, verb) {
      const value: unknown = Reflect.get(memory, verb, memory)
      if (verb === 'claim') return (query: ClaimQuery) => promise.then(() => memory.claim(query))
      return typeof value === 'function' ? value.bind(memory) : value
    },
  })
  return { store, letClaim: () => resolve() }
}

describe('a store that answers later', () => {
  it('has its claim given back untouched when the worker was stopped meanwhile', async () => {
    const { store, letClaim } = slowStore()
    let runs = 0
    const worker = new Worker({ store, tasks: { a: async () => void (runs += 1) } })
    const [id] = await worker.send({ task: 'a' })
    const left = running(worker).stop()
    letClaim()
    assert.deepEqual(await left, [{ task: 'a' }])
    const job = await worker.find(id ?? assert.fail())
    assert.deepEqual([runs, job?.state, job?.attempts, job?.error], [0, 'waiting', 0, undefined])
  })

  it('works its jobs as one does that answers at once', async () => {
    const { store, letClaim } = slowStore()
    let runs = 0
    const worker = new Worker({ store, tasks: { a: async () => void (runs += 1) } })
    letClaim()
    await using _ = running(worker)
    await worker.send({ task: 'a' }, { task: 'a' })
    await worker.idle()
    assert.equal(runs, 2)
  })
})
