import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, PermanentError, RetryAfter, task, Worker } from '../../src/index.ts'
import { drain, FakeClock, flaky } from '../../src/testing/index.ts'
import { running } from './running.ts'

interface Numbered {
  readonly n: number
}

const retry = { minMs: 0, maxMs: 0 }

describe('a failed message', () => {
  it('is tried again until it is done', async () => {
    const clock = new FakeClock()
    const attempts: number[] = []
    const worker = new Worker({
      tasks: {
        a: async (_payload: Numbered, { attempt }: Context) => {
          attempts.push(attempt)
          if (attempt < 3) throw new Error('not yet')
          return 'at last'
        },
      },
      clock,
    })
    const [id] = await worker.send({ task: 'a', n: 1 })
    await drain(worker, clock)
    const job = await worker.find(id ?? assert.fail())
    assert.deepEqual([attempts, job?.state, job?.result, job?.attempts], [[1, 2, 3], 'done', 'at last', 2])
  })

  it('is dead once its attempts are used up, and is found among the dead with its payload and error', async () => {
    const clock = new FakeClock()
    let calls = 0
    const worker = new Worker({
      tasks: {
        a: async (_payload: Numbered) => {
          calls += 1
          throw new Error('down')
        },
      },
      clock,
    })
    await worker.send({ task: 'a', n: 1 })
    await drain(worker, clock)
    const [dead] = await worker.list({ state: 'dead' })
    assert.equal(calls, 25)
    assert.deepEqual(
      [dead?.payload, dead?.error, dead?.reason, dead?.attempts],
      [{ n: 1 }, 'Error: down', 'attempts_used_up', 25],
    )
  })

  it('waits between attempts by the task, then the worker, then the defaults', async () => {
    const fails = async (_payload: Numbered) => {
      throw new Error('down')
    }
    const clock = new FakeClock()
    const waitsOf = async (options: object, taskOptions: object) => {
      const worker = new Worker({
        tasks: { a: task({ run: fails, ...taskOptions }) },
        clock,
        random: () => 0.999_999,
        ...options,
      })
      await using _ = running(worker)
      const [id] = await worker.send({ task: 'a', n: 1 })
      const waits: number[] = []
      for (let failed = 1; failed <= 3; failed += 1) {
        await clock.yield()
        const job = await worker.find(id ?? assert.fail())
        waits.push((job?.runAt.getTime() ?? 0) - clock.now())
        await clock.advance(waits.at(-1) ?? 0)
      }
      return waits
    }
    assert.deepEqual(await waitsOf({}, {}), [1_000, 2_000, 4_000])
    assert.deepEqual(await waitsOf({ retry: { minMs: 10, maxMs: 15 } }, {}), [10, 15, 15])
    assert.deepEqual(await waitsOf({ retry: { minMs: 10, maxMs: 15 } }, { retry: { maxMs: 30 } }), [10, 20, 30])
  })

  it('keeps its place: with capacity 2, failing handlers and fresh sends still make progress', async () => {
    const done: number[] = []
    const worker = new Worker({
      tasks: { a: flaky(async ({ n }: Numbered) => void done.push(n), { seed: 7, rate: 0.5 }) },
      capacity: 2,
      retry,
    })
    await using _ = running(worker)
    for (let n = 0; n < 200; n += 1) await worker.send({ task: 'a', n })
    await worker.idle()
    assert.deepEqual(
      done.sort((a, b) => a - b),
      Array.from({ length: 200 }, (_value, n) => n),
    )
  })

  it('is told how the attempt before ended', async () => {
    const previous: unknown[] = []
    const worker = new Worker({
      tasks: {
        a: async (_payload: Numbered, context: Context) => {
          previous.push(context.previous)
          if (context.attempt === 1) throw new Error('first')
        },
      },
      retry,
    })
    await worker.send({ task: 'a', n: 1 })
    await drain(worker)
    assert.deepEqual(previous, [undefined, { kind: 'retry', error: 'Error: first' }])
  })

  it('has the same idempotency key at every attempt and replay: its id, or what the task says', async () => {
    const keys: string[] = []
    const run = async (_payload: Numbered, { idempotencyKey }: Context) => {
      keys.push(idempotencyKey)
      throw new Error('down')
    }
    const worker = new Worker({
      tasks: { a: run, b: task({ run, idempotencyKey: ({ n }) => `b-${n}` }) },
      retry: { ...retry, attempts: 2 },
    })
    const [id] = await worker.send({ task: 'a', n: 1 })
    await drain(worker)
    await worker.replay()
    await drain(worker)
    assert.deepEqual(keys, [id, id, id, id])
    keys.length = 0
    await worker.send({ task: 'b', n: 5 })
    await drain(worker)
    assert.deepEqual(keys, ['b-5', 'b-5'])
  })
})

describe('a handler', () => {
  it('sends its job to the dead at once by a PermanentError', async () => {
    let calls = 0
    const worker = new Worker({
      tasks: {
        a: async () => {
          calls += 1
          throw new PermanentError('no such ticket')
        },
      },
    })
    await worker.send({ task: 'a' })
    await drain(worker)
    const [dead] = await worker.list({ state: 'dead' })
    assert.deepEqual([calls, dead?.reason, dead?.error], [1, 'permanent', 'PermanentError: no such ticket'])
  })

  it('asks for a later time by a RetryAfter: no attempt is spent, and no other job waits', async () => {
    const clock = new FakeClock()
    const ran: [string, number, number][] = []
    const began = clock.now()
    const worker = new Worker({
      tasks: {
        a: async ({ n }: Numbered, { attempt }: Context) => {
          ran.push([`job ${n}`, attempt, clock.now() - began])
          if (n === 1 && ran.length === 1) throw new RetryAfter(3_000)
          if (n === 1 && ran.length === 3) throw new RetryAfter(new Date(clock.now() + 500))
        },
      },
      clock,
      concurrency: 1,
    })
    await worker.send({ task: 'a', n: 1 }, { task: 'a', n: 2 })
    await drain(worker, clock)
    assert.deepEqual(ran, [
      ['job 1', 1, 0],
      ['job 2', 1, 0],
      ['job 1', 1, 3_000],
      ['job 1', 1, 3_500],
    ])
  })

  it('that snoozes for ever is dead in the end', async () => {
    const worker = new Worker({
      tasks: {
        a: async () => {
          throw new RetryAfter(0)
        },
      },
      retry,
    })
    await worker.send({ task: 'a' })
    await drain(worker)
    assert.equal((await worker.list({ state: 'dead' }))[0]?.reason, 'attempts_used_up')
  })
})

describe('a bad handler', () => {
  /* oxlint-disable unicorn/no-thenable -- that is what they are bad at */
  const bad: readonly [string, () => unknown][] = [
    ['hangs', () => new Promise(() => {})],
    [
      'throws synchronously',
      () => {
        throw new Error('at once')
      },
    ],
    ['rejects with undefined', () => Promise.reject()],
    ['rejects with null', () => Promise.reject(null)],
    [
      'throws a frozen thing',
      () => {
        throw Object.freeze({})
      },
    ],
    ['answers with a thenable that never calls back', () => ({ then() {} })],
    [
      'answers with a thenable that throws',
      () => ({
        then() {
          throw new Error('in then')
        },
      }),
    ],
    [
      'answers with a thenable whose then is a trap',
      () => ({
        get then() {
          throw new Error('trap')
        },
      }),
    ],
    [
      'throws an error whose message is a trap',
      () => {
        throw Object.defineProperty(new Error(), 'message', {
          get() {
            throw new Error('trap')
          },
        })
      },
    ],
    [
      'throws a proxy that refuses everything',
      () => {
        throw new Proxy(
          {},
          {
            get() {
              throw new Error('trap')
            },
            getPrototypeOf() {
              throw new Error('trap')
            },
          },
        )
      },
    ],
  ]
  /* oxlint-enable unicorn/no-thenable */
  for (const [what, run] of bad) {
    it(`that ${what} does not keep 100 good jobs behind it from being done, and its attempts are bounded`, async () => {
      const clock = new FakeClock()
      let calls = 0
      let good = 0
      const worker = new Worker({
        tasks: {
          bad: () => {
            calls += 1
            return run()
          },
          good: () => void (good += 1),
        },
        clock,
        concurrency: 2,
        retry: { attempts: 3 },
      })
      await using run1 = running(worker)
      await worker.with({ priority: 15 }).send({ task: 'bad' })
      for (let sent = 0; sent < 100; sent += 1) await worker.send({ task: 'good' })
      while ((await worker.count()).dead === 0) await clock.advance(60_000)
      await run1.stop()
      assert.deepEqual([good, calls], [100, 3])
    })
  }
})
