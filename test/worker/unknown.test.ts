import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, RetryAfter, subscribe, task, UnknownError, Worker } from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { running } from './running.ts'

interface Row {
  readonly ticketId: string
}

const row = { task: 'append' as const, ticketId: 't1' }
const hang = (): Promise<never> => new Promise(() => {})

/** A sheet without idempotency keys, a worker that appends to it, and what happened, in order. */
function sheet(
  run: (attempt: number, append: () => void) => unknown,
  options: { reconcile?: () => boolean; attempts?: number } = {},
) {
  const clock = new FakeClock()
  const began = clock.now()
  const log: string[] = []
  const rows: string[] = []
  const reconcile = options.reconcile ?? (() => rows.length > 0)
  const worker = new Worker({
    tasks: {
      append: task({
        run: ({ ticketId }: Row, { attempt }: Context) => {
          log.push(`run ${attempt} at ${clock.now() - began}`)
          return run(attempt, () => rows.push(ticketId))
        },
        reconcile: () => {
          log.push(`ask at ${clock.now() - began}`)
          return reconcile()
        },
        timeoutMs: 1_000,
        settlesWithinMs: 5_000,
      }),
    },
    clock,
    retry: { minMs: 0, maxMs: 0, attempts: options.attempts ?? 25 },
  })
  return { clock, log, rows, worker }
}

/** Lets the fake time pass until nothing is left. */
async function pass(clock: FakeClock, worker: { idle(): Promise<void> }): Promise<void> {
  let idle = false
  const whenIdle = worker.idle().then(() => (idle = true))
  for (let ms = 0; !idle && ms < 100_000; ms += 500) await clock.advance(500)
  await whenIdle
}

describe('an attempt of unknown outcome', () => {
  it('that timed out after it took effect is not run again: reconcile says it is done', async () => {
    const { clock, log, rows, worker } = sheet((_attempt, append) => {
      append()
      return hang()
    })
    await using _ = running(worker)
    const told: boolean[] = []
    const end = subscribe('job.done', ({ reconciled }) => told.push(reconciled))
    const [id] = await worker.send(row)
    await pass(clock, worker)
    end()
    assert.deepEqual([log, rows, told], [['run 1 at 0', 'ask at 1000'], ['t1'], [true]])
    assert.equal((await worker.find(id ?? assert.fail()))?.state, 'done')
  })

  it('that took no effect is run again, but not before it could still have taken effect', async () => {
    const { clock, log, worker } = sheet((attempt, append) => (attempt === 1 ? hang() : append()))
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    assert.deepEqual(log, ['run 1 at 0', 'ask at 1000', 'ask at 5000', 'run 2 at 5000'])
  })

  it('that took effect late is found done when it has settled', async () => {
    let late = (): void => {}
    const { clock, log, rows, worker } = sheet((_attempt, append) => {
      late = append
      return hang()
    })
    await using _ = running(worker)
    await worker.send(row)
    await clock.advance(3_000)
    late()
    await pass(clock, worker)
    assert.deepEqual([log, rows], [['run 1 at 0', 'ask at 1000', 'ask at 5000'], ['t1']])
  })

  it('is also one that ended with an UnknownError, and it spends an attempt', async () => {
    const { clock, log, worker } = sheet((attempt, append) => {
      append()
      if (attempt === 1) throw new UnknownError(new Error('socket hang up'))
    })
    const [id] = await worker.send(row)
    await drain(worker, clock)
    assert.deepEqual(log, ['run 1 at 0', 'ask at 0'])
    assert.equal((await worker.find(id ?? assert.fail()))?.attempts, 1)
  })

  it('is asked about again, with back-off, while reconcile throws; then it is dead as reconcile_failed', async () => {
    let asks = 0
    const { clock, worker } = sheet(hang, {
      attempts: 3,
      reconcile: () => {
        asks += 1
        throw new Error('the sheet is down')
      },
    })
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    const [dead] = await worker.list({ state: 'dead' })
    assert.deepEqual([asks, dead?.reason, dead?.error], [3, 'reconcile_failed', 'Error: the sheet is down'])
  })

  it('stays unknown over a replay: reconcile is asked before it runs again', async () => {
    let down = true
    const { clock, log, worker } = sheet(hang, {
      attempts: 1,
      reconcile: () => {
        if (down) throw new Error('the sheet is down')
        return true
      },
    })
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    down = false
    log.length = 0
    await worker.replay()
    await pass(clock, worker)
    assert.equal(log.length, 1)
    assert.match(log[0] ?? '', /^ask/)
  })

  it('is dead when its attempts are used up, but only once reconcile has said no', async () => {
    const { clock, log, worker } = sheet(hang, { attempts: 1 })
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    const [dead] = await worker.list({ state: 'dead' })
    assert.deepEqual(log, ['run 1 at 0', 'ask at 1000', 'ask at 5000'])
    assert.deepEqual(
      [dead?.reason, dead?.error],
      ['attempts_used_up', 'TimeoutError: append had 1000 ms and did not settle'],
    )
  })

  it('is asked about later where reconcile asks for a later time', async () => {
    let asked = 0
    const { clock, log, worker } = sheet(hang, {
      reconcile: () => {
        asked += 1
        if (asked === 1) throw new RetryAfter(2_000)
        return true
      },
    })
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    assert.deepEqual(log, ['run 1 at 0', 'ask at 1000', 'ask at 3000'])
  })

  it('is asked about again where reconcile hangs, or answers neither true nor false', async () => {
    let asked = 0
    const { clock, log, worker } = sheet(hang, {
      reconcile: () => {
        asked += 1
        if (asked === 1) return hang() as never
        return asked === 2 ? (undefined as never) : true
      },
    })
    await using _ = running(worker)
    await worker.send(row)
    await pass(clock, worker)
    assert.deepEqual(log, ['run 1 at 0', 'ask at 1000', 'ask at 2000', 'ask at 2000'])
  })

  it('is tried again like a failure where the task has no reconcile', async () => {
    const clock = new FakeClock()
    let runs = 0
    const worker = new Worker({
      tasks: { a: () => ((runs += 1) === 1 ? hang() : undefined) },
      clock,
      timeoutMs: 1_000,
      random: () => 0.5,
    })
    await using _ = running(worker)
    const [id] = await worker.send({ task: 'a' })
    await clock.advance(1_000)
    const waiting = await worker.find(id ?? assert.fail())
    assert.deepEqual([waiting?.state, waiting?.attempts, waiting?.runAt], ['waiting', 1, new Date(clock.now() + 500)])
    await clock.advance(500)
    assert.equal(runs, 2)
  })
})

describe('a time-out', () => {
  it('aborts the signal, frees the slot, and what the handler does later changes nothing', async () => {
    const clock = new FakeClock()
    const reasons: unknown[] = []
    const settles: (() => void)[] = []
    const worker = new Worker({
      tasks: {
        a: async (_payload: object, { signal }: Context) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason.name))
          await new Promise<void>((resolve) => settles.push(resolve))
          return 'late'
        },
      },
      clock,
      concurrency: 1,
      timeoutMs: 1_000,
      retry: { attempts: 1 },
    })
    await using _ = running(worker)
    const [first] = await worker.send({ task: 'a' }, { task: 'a' })
    await clock.advance(1_000)
    assert.deepEqual([reasons, settles.length], [['TimeoutError'], 2])
    settles[0]?.()
    await clock.yield()
    assert.equal((await worker.find(first ?? assert.fail()))?.state, 'dead')
    settles[1]?.()
    await worker.idle()
  })

  it('is seen by a signal that is first read after it', async () => {
    const clock = new FakeClock()
    let aborted: boolean | undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    const worker = new Worker({
      tasks: {
        a: async (_payload: object, context: Context) => {
          await promise
          aborted = context.signal.aborted
        },
      },
      clock,
      timeoutMs: 10,
      retry: { attempts: 1 },
    })
    await using _ = running(worker)
    await worker.send({ task: 'a' })
    await clock.advance(10)
    resolve()
    await clock.yield()
    assert.equal(aborted, true)
  })

  it('comes for each job at its own time, although all share one timer', async () => {
    const clock = new FakeClock()
    const began = clock.now()
    const timeouts: [string, number][] = []
    const hangs =
      (name: string) =>
      (_payload: object, { signal }: Context) => {
        signal.addEventListener('abort', () => timeouts.push([name, clock.now() - began]))
        return hang()
      }
    const worker = new Worker({
      tasks: {
        slow: task({ run: hangs('slow'), timeoutMs: 3_000 }),
        fast: task({ run: hangs('fast'), timeoutMs: 1_000 }),
        middle: task({ run: hangs('middle'), timeoutMs: 2_000 }),
      },
      clock,
      retry: { attempts: 1 },
    })
    await using _ = running(worker)
    await worker.send({ task: 'slow' }, { task: 'fast' }, { task: 'middle' })
    await pass(clock, worker)
    assert.deepEqual(timeouts, [
      ['fast', 1_000],
      ['middle', 2_000],
      ['slow', 3_000],
    ])
  })
})
