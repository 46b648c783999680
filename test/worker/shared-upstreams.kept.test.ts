import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Store, subscribe, UpstreamError } from '../../src/index.ts'
import { running, until } from './running.ts'
import { aFile, MINUTE, numbered } from './shared-file.ts'

const DAY = 1_440 * MINUTE
const down = new UpstreamError('PUT /receipts: 503')

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
