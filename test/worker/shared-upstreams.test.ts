import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { task, UpstreamError, Worker } from '../../src/index.ts'
import { running } from './running.ts'
import { aFile, MINUTE, numbered, type Numbered } from './shared-file.ts'

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
