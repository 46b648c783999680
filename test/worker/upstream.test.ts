import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, RetryAfter, task, UnknownError, Upstream, UpstreamError, Worker } from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { running, until } from './running.ts'

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

  it('a failure that is heard of late, when it may be tried again already, spends no attempt either', async () => {
    const clock = new FakeClock()
    const upstream = receiptsAt(clock, { failuresToClose: 1 })
    let calls = 0
    const worker = new Worker({
      tasks: {
        a: task({
          upstream,
          run: async (_payload: Numbered) => {
            calls += 1
            if (calls > 1) return
            const error = new UpstreamError('500', { upstream: 'receipts' })
            upstream.failed(error)
            await clock.advance(600)
            throw error
          },
        }),
      },
      clock,
    })
    await using _ = running(worker)
    const [id] = await worker.send({ task: 'a', n: 1 })
    await until(async () => (await worker.find(id ?? assert.fail()))?.state === 'done')
    assert.deepEqual([calls, (await worker.find(id ?? assert.fail()))?.attempts], [2, 0])
  })
})

describe('what is thrown', () => {
  it('and refuses to be read hurts only its own job', async () => {
    const clock = new FakeClock()
    const refusing = new Proxy(new UpstreamError('x'), {
      get: () => {
        throw new Error('no')
      },
    })
    const run = ({ n }: Numbered): Promise<void> => (n === 0 ? Promise.reject(refusing) : Promise.resolve())
    const worker = new Worker({
      tasks: { a: task({ upstream: receiptsAt(clock), retry: { attempts: 1 }, run }) },
      clock,
    })
    await worker.send(...numbered(2))
    await drain(worker, clock)
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 1, dead: 1 })
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
