import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, type JobId, PermanentError, RetryAfter, task, Worker } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running, until } from './running.ts'

interface Numbered {
  readonly n: number
}

const id = (ids: readonly JobId[]): JobId => ids[0] ?? assert.fail('no id')

describe('find', () => {
  it('shows a job from its send to its end', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    const worker = new Worker({
      tasks: {
        a: async ({ n }: Numbered, { progress }: Context) => {
          void progress
          await opened
          return { twice: 2 * n }
        },
      },
      clock,
    })
    const jobId = id(await worker.send({ task: 'a', n: 4 }))
    const sentAt = new Date(clock.now())
    const facts = {
      id: jobId,
      task: 'a',
      payload: { n: 4 },
      priority: 8,
      sentAt,
      runAt: sentAt,
      attempts: 0,
      deaths: 0,
    }
    assert.deepEqual(await worker.find(jobId), { ...facts, state: 'waiting' })
    await using _ = running(worker)
    await clock.advance(10)
    assert.deepEqual(await worker.find(jobId), { ...facts, state: 'running' })
    open()
    await worker.idle()
    assert.deepEqual(await worker.find(jobId), {
      ...facts,
      state: 'done',
      result: { twice: 8 },
      endedAt: new Date(clock.now()),
    })
  })

  it('knows nothing of ids that were never given', async () => {
    const worker = new Worker({ tasks: { a: async () => {} } })
    assert.equal(await worker.find('x'), undefined)
  })

  it('shows the progress that a handler told', async () => {
    const { opened, open } = gate()
    const worker = new Worker({
      tasks: {
        a: async (_payload: object, context: Context) => {
          assert.throws(() => context.progress(1.1), codeOf('invalid_option'))
          assert.throws(() => context.progress(Number.NaN), codeOf('invalid_option'))
          context.progress(0.25)
          await opened
        },
      },
    })
    await using _ = running(worker)
    const jobId = id(await worker.send({ task: 'a' }))
    await until(async () => (await worker.find(jobId))?.progress === 0.25)
    open()
    await worker.idle()
  })

  it('shows a job as done whose result cannot be kept, without it', async () => {
    const worker = new Worker({ tasks: { a: async () => new Map(), b: async () => 'x'.repeat(2 ** 20) } })
    const ids = await worker.send({ task: 'a' }, { task: 'b' })
    await using _ = running(worker)
    await worker.idle()
    const jobs = await Promise.all(ids.map((jobId) => worker.find(jobId)))
    assert.deepEqual(
      jobs.map((job) => [job?.state, job?.result]),
      [
        ['done', undefined],
        ['done', undefined],
      ],
    )
  })
})

describe('list', () => {
  it('shows jobs by state and task, in the order they were sent, page by page', async () => {
    const worker = new Worker({ tasks: { a: async (_payload: Numbered) => {}, b: async (_payload: Numbered) => {} } })
    const ids = await worker.send({ task: 'a', n: 1 }, { task: 'b', n: 2 }, { task: 'a', n: 3 })
    const listed = async (options: object) => (await worker.list(options)).map((job) => job.payload)
    assert.deepEqual(await listed({}), [{ n: 1 }, { n: 2 }, { n: 3 }])
    assert.deepEqual(await listed({ task: 'a', limit: 1 }), [{ n: 1 }])
    assert.deepEqual(await listed({ task: 'a', after: ids[0] }), [{ n: 3 }])
    assert.deepEqual(await listed({ state: 'dead' }), [])
  })

  for (const limit of [0, 1_001, 1.5]) {
    it(`refuses a limit of ${limit}`, async () => {
      const worker = new Worker({ tasks: { a: async () => {} } })
      await assert.rejects(worker.list({ limit }), {
        message: `limit must be a whole number from 1 to 1000, got ${limit}`,
      })
    })
  }
})

describe('explain', () => {
  it('tells why a job is not running, until when, and what would free it', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    const worker = new Worker({
      tasks: {
        held: task({ run: () => opened, concurrency: 1 }),
        fails: async () => {
          throw new Error('down')
        },
        snoozes: async () => {
          throw new RetryAfter(9_000)
        },
        hangs: task({ run: () => new Promise(() => {}), timeoutMs: 1_000 }),
        bad: async () => {
          throw new PermanentError('no')
        },
        good: async () => {},
      },
      clock,
      random: () => 0.5,
      concurrency: 6,
      graceMs: 0,
      deadlineMs: 0,
    })
    const why = async (jobId: string) => (await worker.explain(jobId)).why
    const early = id(await worker.send({ task: 'good' }))
    assert.deepEqual(await worker.explain(early), {
      state: 'waiting',
      why: 'this worker does not run',
      freedBy: 'run()',
    })
    await using _ = running(worker)
    const names = ['held', 'held', 'fails', 'snoozes', 'hangs', 'bad', 'good'] as const
    const [held, behind, fails, snoozes, hangs, bad, good] = await worker.send(...names.map((name) => ({ task: name })))
    assert.ok(held && behind && fails && snoozes && hangs && bad && good)
    await clock.advance(0)
    assert.equal(await why(held), 'it is running')
    assert.equal(await why(behind), 'every place of held is taken')
    assert.equal(await why(bad), 'it is dead (permanent): PermanentError: no')
    assert.equal(await why(good), 'it is done')
    assert.equal(await why('x-1'), 'no such job is kept: it was never sent here, or was done long ago')
    assert.deepEqual(await worker.explain(fails), {
      state: 'waiting',
      why: 'attempt 1 failed: Error: down',
      until: new Date(clock.now() + 500),
      freedBy: 'that time',
    })
    assert.equal(await why(snoozes), 'its handler asked for a later time: RetryAfter: try again in 9000 ms')
    await clock.advance(1_000)
    assert.match(await why(hangs), /^nobody knows yet whether its last attempt took effect: TimeoutError/)
    const later = id(await worker.with({ delayMs: 1_000 }).send({ task: 'good' }))
    assert.equal(await why(later), 'it was sent for later')
    open()
  })

  it('tells that every place of the worker is taken, or that a job is about to run', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    const worker = new Worker({ tasks: { held: () => opened, good: async () => {} }, clock, concurrency: 1 })
    await using _ = running(worker)
    await worker.send({ task: 'held' })
    await clock.yield()
    const behind = id(await worker.send({ task: 'good' }))
    assert.equal((await worker.explain(behind)).why, 'every place of the worker is taken')
    open()
    await worker.idle()
    const next = await worker.send({ task: 'good' })
    assert.ok(['it is about to run', 'it is running', 'it is done'].includes((await worker.explain(id(next))).why))
  })
})

describe('replay', () => {
  it('brings dead jobs back with all their attempts, by id, by task, or all', async () => {
    const clock = new FakeClock()
    let good = false
    const attempts: number[] = []
    const run = async (_payload: object, { attempt }: Context) => {
      attempts.push(attempt)
      if (!good) throw new Error('down')
    }
    const worker = new Worker({ tasks: { a: run, b: run }, clock, retry: { attempts: 1 } })
    await using _ = running(worker)
    const ids = await worker.send({ task: 'a' }, { task: 'a' }, { task: 'b' })
    await worker.idle()
    assert.equal((await worker.count()).dead, 3)
    good = true
    assert.equal(await worker.replay({ ids: [id(ids)] }), 1)
    assert.equal(await worker.replay({ task: 'b' }), 1)
    assert.equal(await worker.replay(), 1)
    assert.equal(await worker.replay(), 0)
    await worker.idle()
    assert.deepEqual((await worker.count()).done, 3)
    assert.deepEqual(new Set(attempts), new Set([1]))
  })
})
