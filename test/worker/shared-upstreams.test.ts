import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Store, subscribe, task, Upstream, UpstreamError, Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { running, until } from './running.ts'

interface Numbered {
  readonly n: number
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ task: 'a', n }) as const)

/** A file, and the processes on it: each has a store, an upstream of the same name and a worker that calls it. */
function aFile() {
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

const down = new UpstreamError('PUT /receipts: 503')
const MINUTE = 60_000
const DAY = 1_440 * MINUTE

describe('an upstream that one process finds down', () => {
  it('is closed in the others within moments, which can explain it', async () => {
    await using file = aFile()
    const [one, two] = [file.process(), file.process()]
    await using _one = running(one.worker)
    await using _two = running(two.worker)
    one.upstream.failed(new UpstreamError('PUT /receipts: 503', { retryAfterMs: MINUTE }))
    const closed = one.upstream.closedUntil ?? assert.fail()
    await file.until(() => two.upstream.closedUntil !== undefined, 200)
    const [id] = await two.worker.send(...numbered(3))
    await file.clock.advance(1_000)
    assert.deepEqual([one.calls, two.calls], [[], []])
    const { why, until: freed } = await two.worker.explain(id ?? assert.fail())
    assert.match(why, /the upstream receipts is closed: UpstreamError: PUT \/receipts: 503/)
    assert.deepEqual(freed, closed)
  })

  it('is tried by the others up to a quarter of its rest later', async () => {
    await using file = aFile()
    const [one, two] = [file.process(), file.process({ random: 0.5 })]
    await using _one = running(one.worker)
    await using _two = running(two.worker)
    const closedUntil = new Date(file.clock.now() + MINUTE)
    one.upstream.close(closedUntil)
    await file.until(() => two.upstream.closedUntil !== undefined, 200)
    const laterMs = (two.upstream.closedUntil?.getTime() ?? 0) - closedUntil.getTime()
    assert.ok(laterMs > (MINUTE - 200) / 8 && laterMs <= MINUTE / 8)
  })

  it('opens step by step in the others once it is found well, also before they would try it', async () => {
    await using file = aFile()
    const [one, two] = [file.process(), file.process({ random: 1 })]
    await using _one = running(one.worker)
    await using _two = running(two.worker)
    one.upstream.close(new Date(file.clock.now() + MINUTE))
    await file.until(() => two.upstream.isDown, 200)
    await two.worker.send(...numbered(5))
    await file.until(async () => (await two.worker.count()).done === 5, MINUTE + 1_000)
    await file.until(() => !two.upstream.isDown, 200)
    assert.ok(file.clock.elapsed() < 1.1 * MINUTE)
    assert.deepEqual(await two.store.recall('upstream/'), [])
  })

  it('opens in the others when it is opened by hand', async () => {
    await using file = aFile()
    const [one, two] = [file.process(), file.process()]
    await using _one = running(one.worker)
    await using _two = running(two.worker)
    one.upstream.close(new Date(file.clock.now() + MINUTE))
    await file.until(() => two.upstream.isDown, 200)
    two.upstream.open()
    await file.until(() => !one.upstream.isDown, 200)
    assert.equal(one.upstream.free(), 1)
    assert.deepEqual(await two.store.recall('upstream/'), [])
  })

  it('keeps the longer of two closings, also where both are told at once', async () => {
    await using file = aFile()
    const processes = [file.process(), file.process(), file.process()]
    const ends = processes.map(({ worker }) => running(worker))
    const closedUntil = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE)
    for (const [index, { upstream }] of processes.entries()) upstream.close(closedUntil([1, 3, 2][index] ?? 0))
    const are = (minutes: number) => () =>
      processes.every(({ upstream }) => upstream.closedUntil?.getTime() === closedUntil(minutes).getTime())
    await file.until(are(3), 500)
    await file.clock.advance(1_000)
    assert.ok(are(3)())
    for (const { stop } of ends) await stop()
  })

  it('is told once by two workers that share it, and prolonged by neither', async () => {
    await using file = aFile()
    const one = file.process()
    const tasks = { a: task({ upstream: one.upstream, run: (_payload: Numbered) => {} }) }
    const beside = new Worker({ store: one.store, tasks, clock: file.clock, random: () => 1 })
    const other = file.process({ random: 1 })
    await using _one = running(one.worker)
    await using _beside = running(beside)
    await using _other = running(other.worker)
    const closedUntil = new Date(file.clock.now() + MINUTE)
    one.upstream.close(closedUntil)
    await file.until(() => other.upstream.isDown, 200)
    const heard = other.upstream.closedUntil
    await file.clock.advance(5_000)
    assert.deepEqual([one.upstream.closedUntil, other.upstream.closedUntil], [closedUntil, heard])
    other.upstream.close(new Date(closedUntil.getTime() + MINUTE))
    await file.until(() => one.upstream.closedUntil?.getTime() !== closedUntil.getTime(), 200)
    const prolonged = one.upstream.closedUntil
    await file.clock.advance(5_000)
    assert.deepEqual(one.upstream.closedUntil, prolonged)
    assert.equal(other.upstream.closedUntil?.getTime(), closedUntil.getTime() + MINUTE)
  })

  it('closes no other', async () => {
    await using file = aFile()
    const [one, two] = [file.process({ name: 'receipts' }), file.process({ name: 'receipts/eu' })]
    await using _one = running(one.worker)
    await using _two = running(two.worker)
    one.upstream.close(new Date(file.clock.now() + MINUTE))
    two.upstream.close(new Date(file.clock.now() + 2 * MINUTE))
    two.upstream.open()
    await file.clock.advance(1_000)
    assert.deepEqual([one.upstream.isDown, two.upstream.isDown], [true, false])
  })

  it('is shared whatever its name', async () => {
    await using file = aFile()
    for (const name of ['\ud800', 'a'.repeat(200), '%_\'"\n', 'päyments 😀']) {
      const [one, two] = [file.process({ name }), file.process({ name })]
      await using _one = running(one.worker)
      await using _two = running(two.worker)
      one.upstream.close(new Date(file.clock.now() + MINUTE))
      await file.until(() => two.upstream.isDown, 200)
      two.upstream.open()
      await file.until(() => !one.upstream.isDown, 200)
    }
  })
})

describe('after a restart', () => {
  it('an upstream that is closed stays so, and then one call tries it', async () => {
    await using file = aFile()
    {
      const { worker, upstream, store } = file.process()
      await using _ = running(worker)
      await worker.send(...numbered(4))
      upstream.close(new Date(file.clock.now() + MINUTE), 'maintenance')
      await file.until(async () => (await store.recall('upstream/')).length === 1, 200)
    }
    const { worker, calls, upstream } = file.process({ run: () => Promise.reject(down) })
    await using _ = running(worker)
    await file.clock.advance(MINUTE / 2)
    assert.deepEqual([calls, upstream.closedBecause], [[], 'maintenance'])
    await file.until(() => calls.length > 0, MINUTE)
    assert.ok((calls[0] ?? 0) >= MINUTE)
    assert.equal(calls.length, 1)
    assert.ok(upstream.closedUntil !== undefined)
  })

  it('one whose time has passed meanwhile is still down: one call tries it', async () => {
    await using file = aFile()
    {
      const { worker, upstream, store } = file.process()
      await using _ = running(worker)
      upstream.close(new Date(file.clock.now() + MINUTE))
      await file.until(async () => (await store.recall('upstream/')).length === 1, 200)
    }
    await file.clock.advance(2 * MINUTE)
    let atOnce = 0
    const open = Promise.withResolvers<void>()
    const { worker, calls } = file.process({
      run: async () => {
        atOnce += 1
        await open.promise
      },
    })
    await using _ = running(worker)
    await worker.send(...numbered(8))
    await file.until(() => calls.length > 0, 1_000)
    await file.clock.advance(1_000)
    assert.equal(atOnce, 1)
    open.resolve()
    await file.until(async () => (await worker.count()).done === 8)
  })

  it('what was found when a worker stopped is known, and also what was found before it ran', async () => {
    await using file = aFile()
    const one = file.process()
    one.upstream.close(new Date(file.clock.now() + MINUTE))
    const { stop } = running(one.worker)
    await until(async () => (await one.store.recall('upstream/')).length === 1)
    one.upstream.open()
    await stop()
    const two = file.process()
    await using _ = running(two.worker)
    await file.clock.advance(100)
    assert.equal(two.upstream.isDown, false)
  })

  it('a clock that was set back keeps nothing closed for more than a day', async () => {
    await using file = aFile()
    const store = file.open()
    await store.remember(
      'upstream/receipts',
      JSON.stringify({ until: file.clock.now() + 30 * DAY, why: 'long ago' }),
      undefined,
    )
    const { upstream, worker } = file.process({ random: 1 })
    await using _ = running(worker)
    await file.until(() => upstream.isDown, 200)
    assert.ok((upstream.closedUntil ?? assert.fail()).getTime() <= file.clock.now() + DAY)
  })
})

describe('a fact of an upstream that is none', () => {
  const none = [
    '',
    'closed',
    '{',
    'null',
    '7',
    '[]',
    '{"until":"tomorrow","why":"x"}',
    '{"until":null,"why":"x"}',
    '{"until":1e999,"why":"x"}',
    '{"until":9e15}',
    '{"until":9e15,"why":{"a":1}}',
    JSON.stringify({ until: 9e15, why: 'x'.repeat(1_000_000) }),
  ]
  it('is taken for nothing, and written over', async () => {
    await using file = aFile()
    const store = file.open()
    for (const [index, value] of none.entries()) {
      const name = `receipts ${index}`
      await store.remember(`upstream/${name}`, value, undefined)
      const { upstream, worker } = file.process({ name, store })
      await using _ = running(worker)
      await file.clock.advance(100)
      assert.equal(upstream.isDown, false, value.slice(0, 100))
      upstream.close(new Date(file.clock.now() + MINUTE), 'y'.repeat(100_000))
      await file.until(async () => {
        const fact = (await store.recall('upstream/')).find((each) => each.name === `upstream/${name}`)
        return /^\{"until":\d+,"why":"y{2000}"\}$/.test(fact?.value ?? '')
      })
    }
  })

  it('and goes away while an upstream is closed opens it', async () => {
    await using file = aFile()
    const { upstream, worker, store } = file.process()
    await using _ = running(worker)
    upstream.close(new Date(file.clock.now() + MINUTE))
    await file.until(async () => (await store.recall('upstream/')).length === 1, 200)
    const another = file.open()
    const [fact] = await another.recall('upstream/')
    await another.remember('upstream/receipts', undefined, fact?.value)
    await file.until(() => !upstream.isDown, 200)
  })
})

describe('while the store fails', () => {
  /** Whose facts cannot be read, or written, while they are in `failing`. */
  function failing(store: Store, verbs: Set<string>): Store {
    return new Proxy(store, {
      get(_target, verb) {
        if (verbs.has(verb as string)) return () => Promise.reject(new Error('disk I/O error'))
        const value: unknown = Reflect.get(store, verb, store)
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
  }

  for (const verb of ['recall', 'remember'] as const) {
    it(`to ${verb} facts jobs are worked by what this process finds, and the others are told afterwards`, async () => {
      await using file = aFile()
      const verbs = new Set<string>([verb])
      const failures: string[] = []
      const end = subscribe('store.failed', (failed) => failures.push(failed.verb))
      const one = file.process({ store: failing(file.open(), verbs) })
      const two = file.process()
      await using _one = running(one.worker)
      await using _two = running(two.worker)
      await one.worker.send(...numbered(3))
      await file.until(async () => (await one.worker.count()).done === 3)
      one.upstream.close(new Date(file.clock.now() + 10 * MINUTE))
      await file.clock.advance(10_000)
      end()
      assert.deepEqual([...new Set(failures)], [verb])
      assert.ok(failures.length <= 12, `${failures.length} in 10 s`)
      assert.equal(two.upstream.isDown, false)
      verbs.clear()
      await file.until(() => two.upstream.isDown, 2_000)
    })
  }

  it('to the end a worker stops all the same', async () => {
    await using file = aFile()
    const { worker, upstream } = file.process({ store: failing(file.open(), new Set(['remember'])) })
    const { stop } = running(worker)
    upstream.close(new Date(file.clock.now() + MINUTE))
    await stop()
  })

  it('and is well again when a worker stops, the others are told at once', async () => {
    await using file = aFile()
    const verbs = new Set(['remember'])
    const { worker, upstream, store } = file.process({ store: failing(file.open(), verbs) })
    const failed = Promise.withResolvers<void>()
    const end = subscribe('store.failed', () => failed.resolve())
    const { stop } = running(worker)
    upstream.close(new Date(file.clock.now() + MINUTE))
    await failed.promise
    end()
    verbs.clear()
    await stop()
    assert.equal((await store.recall('upstream/')).length, 1)
  })
})
