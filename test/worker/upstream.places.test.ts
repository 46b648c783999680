import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, task, type TaskUpstream, type Timer, UnknownError, Upstream, Worker } from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running, until } from './running.ts'

interface Numbered {
  readonly n: number
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ task: 'a', n }) as const)

function receiptsAt(clock: FakeClock, options: object = {}): Upstream {
  return new Upstream('receipts', { clock, random: () => 0.5, ...options })
}

describe('the places of an upstream', () => {
  it('are shared by the tasks and workers that call it', async () => {
    const upstream = new Upstream('receipts', { concurrency: 3 })
    const open = gate()
    let atOnce = 0
    let most = 0
    const run = async (_payload: Numbered): Promise<void> => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await open.opened
      atOnce -= 1
    }
    const tasks = { a: task({ upstream, run }), b: task({ upstream, run }) }
    const workers = [new Worker({ tasks }), new Worker({ tasks })]
    const ends = workers.map((worker) => running(worker))
    for (const worker of workers)
      await worker.send(...numbered(5), ...numbered(5).map(({ n }) => ({ task: 'b', n }) as const))
    await until(() => atOnce === 3)
    open.open()
    for (const worker of workers) await worker.idle()
    assert.equal(most, 3)
    for (const { stop } of ends) await stop()
  })

  it('are free again after a handler that never settles has run out of time', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { concurrency: 1 })
    const worker = new Worker({
      tasks: {
        a: task({
          upstream,
          timeoutMs: 1_000,
          run: ({ n }: Numbered) => (n === 0 ? new Promise(() => {}) : undefined),
        }),
      },
      clock,
      graceMs: 0,
      deadlineMs: 0,
    })
    await using _ = running(worker)
    const [, second] = await worker.send(...numbered(2))
    await clock.advance(1_000)
    await until(async () => (await worker.find(second ?? assert.fail()))?.state === 'done')
  })

  it('that are all taken are told by explain', async () => {
    const upstream = new Upstream('receipts', { concurrency: 1 })
    const open = gate()
    const worker = new Worker({ tasks: { a: task({ upstream, run: (_payload: Numbered) => open.opened }) } })
    await using _ = running(worker)
    const [, second] = await worker.send(...numbered(2))
    await until(() => upstream.free() === 0)
    assert.match((await worker.explain(second ?? assert.fail())).why, /the upstream receipts takes no more calls now/)
    open.open()
  })

  it('are not taken by a job that another worker was quicker for: it is given back untouched', async () => {
    const upstream = new Upstream('receipts', { concurrency: 1 })
    /** Says that there is room once more than there is, as it may seem while a store takes its time over a claim. */
    const optimistic: TaskUpstream = new Proxy(upstream, {
      get: (target, name) => {
        if (name === 'free') return () => Math.max(1, target.free())
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const begun = upstream.begin()
    const worker = new Worker({ tasks: { a: task({ upstream: optimistic, run: (_payload: Numbered) => 'ran' }) } })
    const [id] = await worker.send(...numbered(1))
    await using _ = running(worker)
    const deafen = upstream.onRoom(() => {})
    await until(async () => (await worker.find(id ?? assert.fail()))?.state === 'waiting')
    begun?.end()
    await until(async () => (await worker.find(id ?? assert.fail()))?.state === 'done')
    deafen()
    assert.equal((await worker.find(id ?? assert.fail()))?.attempts, 0)
  })
})

describe('a worker whose places are all taken', () => {
  it('sets no timer for an upstream that opens, since that changes nothing', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { limit: 1, intervalMs: 100 })
    const open = gate()
    const worker = new Worker({
      tasks: { a: task({ upstream, run: (_payload: Numbered) => open.opened }) },
      concurrency: 1,
      clock,
    })
    await using _ = running(worker)
    await worker.send(...numbered(2))
    await clock.advance(10_000)
    assert.deepEqual(await worker.count(), { waiting: 1, running: 1, done: 0, dead: 0 })
    open.open()
  })
})

describe('an upstream that opens', () => {
  /** Goes on by a little whenever it is asked, and its timers go off a little early, as those of Node do. */
  class RestlessClock extends FakeClock {
    readonly #stepMs: number
    #asked = 0

    constructor(stepMs: number) {
      super()
      this.#stepMs = stepMs
    }

    override elapsed(): number {
      this.#asked += 1
      return super.elapsed() + this.#asked * this.#stepMs
    }

    override after(delayMs: number, callback: () => void): Timer {
      return super.after(Math.max(0, delayMs - 1), callback)
    }
  }

  it('is noticed at whatever moment it does, also between a look at the room and the rest', async () => {
    for (let step = 1; step <= 40; step += 1) {
      const clock = new RestlessClock(step / 50)
      const upstream = receiptsAt(clock)
      const worker = new Worker({ tasks: { a: task({ upstream, run: (_payload: Numbered) => {} }) }, clock })
      await using _ = running(worker)
      upstream.close(new Date(clock.now() + 100))
      await worker.send(...numbered(1))
      for (let ms = 0; ms < 1_000 && (await worker.count()).done === 0; ms += 10) await clock.advance(10)
      assert.equal((await worker.count()).done, 1, `with steps of ${step / 50} ms`)
    }
  })
})

describe('a limited upstream', () => {
  it('lets so many attempts begin within its interval', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { limit: 3, intervalMs: 1_000 })
    const began: number[] = []
    const worker = new Worker({
      tasks: {
        a: task({
          upstream,
          run: (_payload: Numbered) => {
            began.push(clock.elapsed())
          },
        }),
      },
      clock,
    })
    await worker.send(...numbered(7))
    await drain(worker, clock)
    assert.deepEqual(began, [0, 0, 0, 1_000, 1_000, 1_000, 2_000])
  })

  it('counts what reconcile asks as a call of its own', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { limit: 1, intervalMs: 1_000 })
    const calls: string[] = []
    const worker = new Worker({
      tasks: {
        a: task({
          upstream,
          settlesWithinMs: 0,
          run: (_payload: Numbered, { attempt }: Context) => {
            calls.push(`run ${attempt} at ${clock.elapsed()}`)
            if (attempt === 1) throw new UnknownError('reset')
          },
          reconcile: () => {
            calls.push(`ask at ${clock.elapsed()}`)
            return false
          },
        }),
      },
      clock,
    })
    await worker.send(...numbered(1))
    await drain(worker, clock)
    assert.deepEqual(calls, ['run 1 at 0', 'ask at 1000', 'run 2 at 2000'])
  })
})

describe('a worker refuses', () => {
  it('an upstream that is none', () => {
    const upstream = { name: 'receipts' } as unknown as TaskUpstream
    assert.throws(() => new Worker({ tasks: { a: task({ upstream, run: () => {} }) } }), codeOf('invalid_option'))
  })

  it('two upstreams of one name', () => {
    const of = () => task({ upstream: new Upstream('receipts'), run: (_payload: Numbered) => {} })
    assert.throws(() => new Worker({ tasks: { a: of(), b: of() } }), codeOf('invalid_option'))
  })
})
