import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { type Context, PermanentError, RetryAfter, task, Worker } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running } from './running.ts'

interface Numbered {
  readonly n: number
}

const a = (n: number) => ({ task: 'a' as const, n })
const hang = (): Promise<never> => new Promise(() => {})

describe('a stop', () => {
  it('starts nothing new, and resolves with the messages that had not begun', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    const began: number[] = []
    const worker = new Worker({
      tasks: {
        a: ({ n }: Numbered) => {
          began.push(n)
          return opened
        },
      },
      clock,
      concurrency: 1,
    })
    const run = running(worker)
    await worker.send(a(1), a(2))
    await worker.with({ delayMs: 60_000 }).send(a(3))
    await clock.yield()
    const left = run.stop()
    await clock.yield()
    open()
    assert.deepEqual(await left, [a(2), a(3)])
    assert.deepEqual(began, [1])
  })

  it('resolves at once where nothing is in work', async () => {
    const worker = new Worker({ tasks: { a: async (_payload: Numbered) => {} }, clock: new FakeClock() })
    assert.deepEqual(await running(worker).stop(), [])
    assert.deepEqual(await worker.run(AbortSignal.abort()), [])
  })

  it('lets handlers go on for graceMs, then aborts their signals, then waits for deadlineMs', async () => {
    const clock = new FakeClock()
    let aborted = false
    const worker = new Worker({
      tasks: {
        a: (_payload: Numbered, { signal }: Context) => {
          signal.addEventListener('abort', () => (aborted = true))
          return hang()
        },
      },
      clock,
      graceMs: 300,
      deadlineMs: 50,
    })
    const run = running(worker)
    await worker.send(a(1))
    await clock.yield()
    let stopped = false
    const left = run.stop().finally(() => (stopped = true))
    await clock.advance(299)
    assert.deepEqual([aborted, stopped], [false, false])
    await clock.advance(1)
    assert.deepEqual([aborted, stopped], [true, false])
    await clock.advance(49)
    assert.equal(stopped, false)
    await clock.advance(1)
    assert.deepEqual(await left, [a(1)])
  })

  it('leaves what had begun unknown, without spending an attempt, and the next run reconciles it first', async () => {
    const clock = new FakeClock()
    const log: string[] = []
    const worker = new Worker({
      tasks: {
        a: task({
          run: (_payload: Numbered, { attempt }) => {
            log.push(`run ${attempt}`)
            return hang()
          },
          reconcile: () => {
            log.push('ask')
            return true
          },
        }),
      },
      clock,
      graceMs: 0,
      deadlineMs: 0,
    })
    const [id] = await worker.send(a(1))
    const run = running(worker)
    await clock.yield()
    assert.deepEqual(await run.stop(), [a(1)])
    assert.equal((await worker.find(id ?? assert.fail()))?.attempts, 0)
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual(log, ['run 1', 'ask'])
  })

  it('counts what a handler settles with before the deadline: done, a clear error, or else unknown', async () => {
    const clock = new FakeClock()
    const onAbort = ({ signal }: Context, settle: () => unknown) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          try {
            resolve(settle())
          } catch (error) {
            reject(error)
          }
        })
      })
    const thrown = (error: Error) => (): never => {
      throw error
    }
    const worker = new Worker({
      tasks: {
        done: (_payload: object, context: Context) => onAbort(context, () => 'in time'),
        permanent: (_payload: object, context: Context) => onAbort(context, thrown(new PermanentError('no'))),
        later: (_payload: object, context: Context) => onAbort(context, thrown(new RetryAfter(5_000))),
        unknown: (_payload: object, context: Context) => onAbort(context, thrown(new Error('aborted'))),
      },
      clock,
      graceMs: 0,
    })
    const ids = await worker.send({ task: 'done' }, { task: 'permanent' }, { task: 'later' }, { task: 'unknown' })
    const run = running(worker)
    await clock.yield()
    await run.stop()
    const jobs = await Promise.all(ids.map((id) => worker.find(id)))
    assert.deepEqual(
      jobs.map((job) => [job?.state, job?.attempts, job?.error]),
      [
        ['done', 0, undefined],
        ['dead', 1, 'PermanentError: no'],
        ['waiting', 0, 'RetryAfter: try again in 5000 ms'],
        ['waiting', 0, 'Error: aborted'],
      ],
    )
  })

  it('ends a reconcile that is under way without counting it', async () => {
    const clock = new FakeClock()
    let asks = 0
    const worker = new Worker({
      tasks: {
        a: task({
          run: (_payload: Numbered) => hang(),
          reconcile: () => {
            asks += 1
            return asks === 1 ? hang() : true
          },
          timeoutMs: 1_000,
        }),
      },
      clock,
      graceMs: 0,
      deadlineMs: 0,
      retry: { attempts: 1 },
    })
    await worker.send(a(1))
    const run = running(worker)
    await clock.advance(1_000)
    assert.equal(asks, 1)
    await run.stop()
    await using _ = running(worker)
    await worker.idle()
    assert.equal((await worker.count()).done, 1)
  })

  it('can be followed by another run, which goes on with what was left', async () => {
    const ran: number[] = []
    const worker = new Worker({ tasks: { a: async ({ n }: Numbered) => void ran.push(n) } })
    await running(worker).stop()
    await worker.send(a(1))
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual(ran, [1])
  })
})

describe('run', () => {
  it('refuses to run twice at once', async () => {
    const worker = new Worker({ tasks: { a: async () => {} } })
    await using _ = running(worker)
    await assert.rejects(worker.run(), codeOf('already_running'))
  })

  it('keeps the process alive until its signal', () => {
    const program = `
      import { Worker } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
      const stop = new AbortController()
      const worker = new Worker({ tasks: { a: async () => {} } })
      process.once('SIGTERM', () => stop.abort())
      const running = worker.run(stop.signal)
      await worker.send({ task: 'a' })
      await worker.idle()
      process.kill(process.pid, 'SIGTERM')
      console.log('left', await running)`
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    })
    assert.deepEqual([stdout, status], ['left []\n', 0])
  })
})
