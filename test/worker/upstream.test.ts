import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Context,
  RetryAfter,
  task,
  type TaskUpstream,
  UnknownError,
  Upstream,
  UpstreamError,
  Worker,
} from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running, until } from './running.ts'

interface Numbered {
  readonly n: number
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ task: 'a', n }) as const)
const noWait = { minMs: 0, maxMs: 0 }

/** An API that is down until it is told otherwise, and what it saw. */
class Api {
  down = true
  readonly calls: number[] = []
  atOnce = 0
  most = 0

  async call({ n }: Numbered): Promise<void> {
    this.calls.push(n)
    this.atOnce += 1
    this.most = Math.max(this.most, this.atOnce)
    await Promise.resolve()
    this.atOnce -= 1
    if (this.down) throw new UpstreamError('500')
  }
}

function receiptsAt(clock: FakeClock, options: object = {}): Upstream {
  return new Upstream('receipts', { clock, random: () => 0.5, ...options })
}

describe('while an upstream is closed', () => {
  it('its jobs are not taken up and spend no attempt, and other tasks go on', async () => {
    const clock = new FakeClock()
    const api = new Api()
    let others = 0
    const upstream = receiptsAt(clock)
    const worker = new Worker({
      tasks: {
        a: task({ upstream, retry: noWait, run: (payload: Numbered) => api.call(payload) }),
        b: () => {
          others += 1
        },
      },
      clock,
    })
    await using _ = running(worker)
    upstream.close(new Date(clock.now() + 60_000), 'maintenance')
    const [id] = await worker.send(...numbered(20), { task: 'b' }, { task: 'b' })
    await clock.advance(59_999)
    assert.deepEqual([api.calls.length, others], [0, 2])
    const explanation = await worker.explain(id ?? assert.fail())
    assert.match(explanation.why, /the upstream receipts is closed: maintenance/)
    assert.deepEqual(explanation.until, new Date(clock.now() + 1))
    api.down = false
    await clock.advance(1)
    await until(() => api.calls.length === 20)
  })

  it('one call at a time finds out whether it is well again, where others wait each time of another job', async () => {
    const clock = new FakeClock()
    const api = new Api()
    const upstream = receiptsAt(clock, { failuresToClose: 1, concurrency: 4 })
    const worker = new Worker({
      tasks: { a: task({ upstream, retry: noWait, run: (payload: Numbered) => api.call(payload) }) },
      clock,
    })
    await using _ = running(worker)
    await worker.send({ task: 'a', n: 100 })
    await until(() => upstream.closedUntil !== undefined)
    await worker.send(...numbered(3))
    for (let probes = 1; probes <= 4; probes += 1) {
      const before = api.calls.length
      while (api.calls.length === before) assert.ok(await clock.jump())
      await clock.advance(0)
      assert.equal(api.calls.length, before + 1)
    }
    assert.deepEqual(api.calls, [100, 100, 0, 1, 2])
    api.down = false
    await until(async () => (await clock.jump()) && (await worker.count()).done === 4)
    assert.deepEqual(
      [(await worker.list({ state: 'done' })).map(({ attempts }) => attempts), api.most],
      [[0, 0, 0, 0], 2],
    )
  })

  it('a job that has failed by it 10 times spends attempts from then on, and is found among the dead', async () => {
    const clock = new FakeClock()
    const api = new Api()
    const upstream = receiptsAt(clock, { failuresToClose: 1 })
    const worker = new Worker({
      tasks: {
        a: task({ upstream, retry: { ...noWait, attempts: 3 }, run: (payload: Numbered) => api.call(payload) }),
      },
      clock,
    })
    const [id] = await worker.send({ task: 'a', n: 1 })
    await drain(worker, clock)
    const job = await worker.find(id ?? assert.fail())
    assert.deepEqual([api.calls.length, job?.state, job?.attempts], [13, 'dead', 3])
  })

  it('a job that is only asked about stays unknown, and spends none of its asks', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { failuresToClose: 1 })
    let asked = 0
    const worker = new Worker({
      tasks: {
        a: task({
          upstream,
          retry: { ...noWait, attempts: 2 },
          settlesWithinMs: 0,
          run: (_payload: Numbered) => {
            throw new UnknownError('reset')
          },
          reconcile: () => {
            asked += 1
            if (asked < 8) throw new UpstreamError('503')
            return true
          },
        }),
      },
      clock,
    })
    const [id] = await worker.send({ task: 'a', n: 1 })
    await drain(worker, clock)
    assert.deepEqual([asked, (await worker.find(id ?? assert.fail()))?.state], [8, 'done'])
  })
})

describe('what counts against an upstream', () => {
  async function closedBy(run: (payload: Numbered, context: Context) => unknown): Promise<boolean> {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { failuresToClose: 1 })
    const worker = new Worker({ tasks: { a: task({ upstream, retry: { attempts: 1 }, run }) }, clock })
    await worker.send({ task: 'a', n: 1 })
    await using _ = running(worker)
    await until(async () => (await worker.count()).waiting !== 1 || upstream.closedUntil !== undefined)
    await clock.advance(0)
    return upstream.closedUntil !== undefined
  }

  it('is an UpstreamError that its handler throws', async () => {
    assert.equal(
      await closedBy(() => {
        throw new UpstreamError('500')
      }),
      true,
    )
  })

  it('is no other error', async () => {
    for (const error of [new Error('x'), new UnknownError('x'), new RetryAfter(1_000), undefined]) {
      assert.equal(await closedBy(() => Promise.reject(error)), false)
    }
  })

  it('is no UpstreamError that was reported where the call was made', async () => {
    assert.equal(
      await closedBy(() => {
        throw new UpstreamError('500', { upstream: 'receipts' })
      }),
      false,
    )
  })
})

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
