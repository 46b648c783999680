import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker, type WorkerOptions } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running } from './running.ts'

interface Numbered {
  readonly n: number
}

const tasks = { a: async (_payload: Numbered) => {} }
const message = (n: number) => ({ task: 'a' as const, n })

describe('send', () => {
  it('resolves with an id for each message, in order', async () => {
    const worker = new Worker({ tasks })
    const ids = await worker.send(message(1), message(2))
    const jobs = await Promise.all(ids.map((id) => worker.find(id)))
    assert.deepEqual(
      jobs.map((job) => job?.payload),
      [{ n: 1 }, { n: 2 }],
    )
  })

  it('answers a call without messages with no ids', async () => {
    const worker = new Worker({ tasks })
    assert.deepEqual(await worker.send(), [])
    assert.deepEqual(await worker.trySend(), [])
  })

  it('gives run the payload without the task, and nothing that the sender changes later at the top', async () => {
    const seen: object[] = []
    const worker = new Worker({ tasks: { a: async (payload: Numbered) => void seen.push(payload) } })
    const sent = { task: 'a' as const, n: 1 }
    await worker.send(sent)
    sent.n = 2
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual(seen, [{ n: 1 }])
  })

  it('waits while there is no room, first come first served', async () => {
    const order: number[] = []
    const worker = new Worker({
      tasks: { a: async ({ n }: Numbered) => void order.push(n) },
      capacity: 2,
      concurrency: 1,
    })
    await worker.send(message(1), message(2))
    const sends = [3, 4, 5].map((n) => worker.send(message(n)))
    assert.equal(worker.trySend(message(6)), false)
    await using _ = running(worker)
    await Promise.all(sends)
    await worker.idle()
    assert.deepEqual(order, [1, 2, 3, 4, 5])
  })

  it('lets no small call overtake a large one that waits', async () => {
    const order: number[] = []
    const worker = new Worker({
      tasks: { a: async ({ n }: Numbered) => void order.push(n) },
      capacity: 3,
      concurrency: 1,
    })
    await worker.send(message(1), message(2))
    const large = worker.send(message(3), message(4), message(5))
    const small = worker.send(message(6))
    await using _ = running(worker)
    await Promise.all([large, small])
    await worker.idle()
    assert.deepEqual(order, [1, 2, 3, 4, 5, 6])
  })

  it('ends the wait for room when its signal is aborted, keeps nothing of it, and lets the next one in', async () => {
    const worker = new Worker({ tasks, capacity: 2 })
    await worker.send(message(1))
    const stop = new AbortController()
    const large = worker.with({ signal: stop.signal }).send(message(2), message(3))
    const small = worker.send(message(4))
    stop.abort(new Error('enough'))
    await assert.rejects(large, { message: 'enough' })
    await small
    assert.equal((await worker.count()).waiting, 2)
  })

  it('refuses at once under a signal that is aborted already', async () => {
    const worker = new Worker({ tasks })
    await assert.rejects(worker.with({ signal: AbortSignal.abort(new Error('over')) }).send(message(1)), {
      message: 'over',
    })
    assert.equal((await worker.count()).waiting, 0)
  })

  it('refuses a call that can never fit, at once and while others wait', async () => {
    const worker = new Worker({ tasks, capacity: 1 })
    await assert.rejects(worker.send(message(1), message(2)), codeOf('too_large'))
    await worker.send(message(1))
    const waits = worker.send(message(2))
    const tooLarge = assert.rejects(worker.send(message(3), message(4)), codeOf('too_large'))
    await using _ = running(worker)
    await Promise.all([waits, tooLarge])
  })

  it('keeps nothing of a call with one wrong message', async () => {
    const worker = new Worker({ tasks })
    await assert.rejects(worker.send(message(1), { task: 'a', n: Number.NaN }), codeOf('payload_refused'))
    await assert.rejects(worker.send(message(1), { task: 'b' } as never), codeOf('unknown_task'))
    for (const wrong of [null, undefined, 'a', 7, [], { task: 7 }, { task: 'toString' }, { task: '__proto__' }]) {
      await assert.rejects(worker.send(message(1), wrong as never), codeOf('unknown_task'))
    }
    assert.equal((await worker.count()).waiting, 0)
  })

  it('says which tasks there are when it is given another', async () => {
    const worker = new Worker({ tasks })
    await assert.rejects(worker.send({ task: 'issueReceit' } as never), {
      message: 'the message could not be kept: its task must be one of a, got "issueReceit"',
      given: { task: 'issueReceit' },
    })
  })

  it('keeps a message that is sent while the worker stops', async () => {
    const { opened, open } = gate()
    const worker = new Worker({ tasks: { a: ({ n }: Numbered) => (n === 1 ? opened : undefined) } })
    const run = running(worker)
    await worker.send(message(1))
    await new FakeClock().yield()
    const left = run.stop()
    await worker.send(message(2))
    open()
    assert.deepEqual(await left, [{ task: 'a', n: 2 }])
  })

  it('runs a delayed message no sooner than its time', async () => {
    const clock = new FakeClock()
    const ran: number[] = []
    const worker = new Worker({ tasks: { a: async ({ n }: Numbered) => void ran.push(n) }, clock })
    await using _ = running(worker)
    await worker.with({ delayMs: 5_000 }).send(message(1))
    await worker.with({ runAt: new Date(clock.now() + 2_000) }).send(message(2))
    await clock.advance(1_999)
    assert.deepEqual(ran, [])
    await clock.advance(1)
    assert.deepEqual(ran, [2])
    await clock.advance(3_000)
    assert.deepEqual(ran, [2, 1])
  })

  it('runs a message whose time has passed at once', async () => {
    const worker = new Worker({ tasks })
    await worker.with({ runAt: new Date(0) }).send(message(1))
    await using _ = running(worker)
    await worker.idle()
  })

  it('runs the highest priority first', async () => {
    const order: number[] = []
    const worker = new Worker({ tasks: { a: async ({ n }: Numbered) => void order.push(n) }, concurrency: 1 })
    await worker.with({ priority: 0 }).send(message(1))
    await worker.send(message(2))
    await worker.with({ priority: 15 }).send(message(3))
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual(order, [3, 2, 1])
  })

  it('adds options on top of a sender that has some, and a new time takes the place of the old one', async () => {
    const clock = new FakeClock()
    const worker = new Worker({ tasks, clock })
    const urgent = worker.with({ priority: 15, delayMs: 1_000 })
    const [id] = await urgent.with({ runAt: new Date(clock.now() + 50) }).send(message(1))
    const job = await worker.find(id ?? assert.fail())
    assert.deepEqual([job?.priority, job?.runAt], [15, new Date(clock.now() + 50)])
  })

  const wrong: readonly [string, object][] = [
    ['delayMs', { delayMs: -1 }],
    ['delayMs', { delayMs: 0.5 }],
    ['priority', { priority: 16 }],
    ['priority', { priority: -1 }],
    ['runAt', { runAt: new Date(Number.NaN) }],
    ['delayMs and runAt', { delayMs: 1, runAt: new Date() }],
    ['onceForMs', { onceForMs: -1 }],
  ]
  for (const [name, options] of wrong) {
    it(`refuses a wrong ${name}: ${JSON.stringify(options)}`, () => {
      assert.throws(() => new Worker({ tasks }).with(options), {
        code: 'invalid_option',
        message: new RegExp(`^${name} `),
      })
    })
  }
})

describe('a new worker', () => {
  const wrong: readonly [string, Partial<WorkerOptions<typeof tasks>>][] = [
    ['capacity', { capacity: 0 }],
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['graceMs', { graceMs: -1 }],
    ['deadlineMs', { deadlineMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['onceForMs', { onceForMs: -1 }],
    ['retry.attempts', { retry: { attempts: 0 } }],
    ['retry.minMs', { retry: { minMs: -1 } }],
    ['retry.maxMs', { retry: { minMs: 10, maxMs: 9 } }],
  ]
  for (const [name, options] of wrong) {
    it(`refuses a wrong ${name}: ${JSON.stringify(options)}`, () => {
      assert.throws(() => new Worker({ tasks, ...options }), {
        code: 'invalid_option',
        message: new RegExp(`^${name} must be`),
      })
    })
  }

  it('refuses to have no task, or one that cannot run', () => {
    assert.throws(() => new Worker({ tasks: {} }), { code: 'invalid_option', message: /^tasks must name/ })
    assert.throws(() => new Worker({ tasks: { a: { run: 7 } } as never }), {
      message: 'tasks.a must be a function or made by task(), got object',
    })
    assert.throws(() => new Worker({ tasks: { a: undefined } as never }), {
      message: 'tasks.a must be a function or made by task(), got undefined',
    })
  })
})
