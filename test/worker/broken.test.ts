import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import {
  type Context,
  PermanentError,
  RetryAfter,
  type StandardSchema,
  systemClock,
  task,
  Worker,
} from '../../src/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { codeOf, gate, running, until } from './running.ts'

interface Numbered {
  readonly n: number
}

/** A schema that answers later, `then` when it is let. */
const slow = (then: Promise<void>): StandardSchema<Numbered> => ({
  '~standard': { version: 1, vendor: 'test', validate: (value) => then.then(() => ({ value: value as Numbered })) },
})

const refusing: StandardSchema<Numbered> = {
  '~standard': { version: 1, vendor: 'test', validate: async () => ({ issues: [{ message: 'no' }] }) },
}

// Each of these once broke the worker.
describe('a worker outlives', () => {
  it('dead jobs that are replayed by an id named twice', async () => {
    let good = false
    const worker = new Worker({
      tasks: {
        a: async (_payload: Numbered) => {
          if (!good) throw new PermanentError('no')
        },
      },
    })
    const ids = await worker.send(...[1, 2, 3].map((n) => ({ task: 'a' as const, n })))
    await drain(worker)
    good = true
    const [first] = ids
    assert.ok(first)
    assert.equal(await worker.replay({ ids: [first, first] }), 1)
    await drain(worker)
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 1, dead: 2 })
    assert.equal((await worker.list()).length, 3)
  })

  it('a refusal of one message while another is still checked by an asynchronous schema', async () => {
    const worker = new Worker({ tasks: { a: task({ schema: refusing, run: async () => {} }) } })
    await assert.rejects(worker.send({ task: 'a', n: 1 }, { task: 'a', n: Number.NaN }), codeOf('payload_refused'))
    await systemClock.yield()
  })

  it('a RetryAfter whose time was spoiled, and a random source that throws', async () => {
    const worker = new Worker({
      tasks: {
        spoiled: () => {
          throw Object.assign(new RetryAfter(1), { when: 'soon' })
        },
        later: async () => {
          throw Object.assign(new RetryAfter(1), { when: Number.NaN })
        },
        fails: async () => {
          throw new Error('down')
        },
      },
      retry: { attempts: 2, minMs: 1, maxMs: 1 },
      random: () => {
        throw new Error('no luck')
      },
    })
    await worker.send({ task: 'spoiled' }, { task: 'later' }, { task: 'fails' })
    await drain(worker)
    assert.equal((await worker.count()).dead, 3)
  })

  it('two tasks whose names and once keys read alike', async () => {
    const ran: string[] = []
    const worker = new Worker({
      tasks: {
        a: task({ run: async (_payload: Numbered) => void ran.push('a'), once: () => 'b c' }),
        'a b': task({ run: async (_payload: Numbered) => void ran.push('a b'), once: () => 'c' }),
      },
    })
    await worker.send({ task: 'a', n: 1 }, { task: 'a b', n: 1 })
    await drain(worker)
    assert.deepEqual(ran.sort(), ['a', 'a b'])
  })

  it('a store that fails while the worker stops: what ended is settled by the next run, and runs no second time', async () => {
    const clock = new FakeClock()
    const memory = new MemoryStore({ capacity: 10 })
    let failing = true
    const settle = memory.settle.bind(memory)
    memory.settle = (settlements, now) => {
      if (failing) throw new Error('disk I/O error')
      settle(settlements, now)
    }
    let runs = 0
    const worker = new Worker({ store: memory, tasks: { a: async () => void (runs += 1) }, clock })
    const run = running(worker)
    await worker.send({ task: 'a' })
    await clock.yield()
    const left = run.stop()
    await clock.advance(60_000)
    assert.deepEqual(await left, [])
    failing = false
    await using _ = running(worker)
    await worker.idle()
    assert.deepEqual([runs, (await worker.count()).done], [1, 1])
  })

  it('a blocked event loop: a handler whose answer came in time is not cut off', async () => {
    const server = spawn(process.execPath, ['--eval', ANSWERS_AFTER_50_MS], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [port] = (await once(server.stdout, 'data')) as [Buffer]
    let calls = 0
    const worker = new Worker({
      tasks: {
        a: async () => {
          calls += 1
          const response = await fetch(`http://127.0.0.1:${port.toString().trim()}`)
          await response.text()
        },
      },
      timeoutMs: 500,
      retry: { minMs: 0, maxMs: 0 },
    })
    const run = running(worker)
    await worker.send({ task: 'a' })
    await until(() => calls === 1)
    systemClock.after(20, () => void systemClock.yield().then(() => block(800)))
    await worker.idle()
    await run.stop()
    server.kill()
    assert.equal(calls, 1)
  })

  it('a stop from inside a handler: the rest of what was claimed does not begin', async () => {
    const stop = new AbortController()
    const ran: number[] = []
    const worker = new Worker({
      tasks: {
        a: ({ n }: Numbered) => {
          ran.push(n)
          if (n === 0) stop.abort()
        },
      },
    })
    await worker.send(...[0, 1, 2].map((n) => ({ task: 'a' as const, n })))
    assert.deepEqual(await worker.run(stop.signal), [
      { task: 'a', n: 1 },
      { task: 'a', n: 2 },
    ])
    assert.deepEqual(ran, [0])
  })

  it('a schema that answers while the worker stops: the handler does not begin', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    let checks = 0
    let runs = 0
    const inTime = Promise.resolve()
    const schema: StandardSchema<Numbered> = {
      '~standard': {
        ...slow(opened)['~standard'],
        validate: (value) => slow((checks += 1) === 1 ? inTime : opened)['~standard'].validate(value),
      },
    }
    const worker = new Worker({ tasks: { a: task({ schema, run: () => void (runs += 1) }) }, clock, graceMs: 0 })
    const [id] = await worker.send({ task: 'a', n: 1 })
    const run = running(worker)
    await clock.yield()
    const left = run.stop()
    await clock.yield()
    open()
    assert.deepEqual(await left, [{ task: 'a', n: 1 }])
    assert.deepEqual([runs, (await worker.find(id ?? assert.fail()))?.attempts], [0, 0])
  })

  it('10,000 sends that wait under one signal', async () => {
    const worker = new Worker({ tasks: { a: async () => {} }, capacity: 1 })
    await worker.send({ task: 'a' })
    const stop = new AbortController()
    const sender = worker.with({ signal: stop.signal })
    const waits = Array.from({ length: 10_000 }, () => sender.send({ task: 'a' }))
    stop.abort(new Error('enough'))
    const settled = await Promise.allSettled(waits)
    assert.ok(settled.every(({ status }) => status === 'rejected'))
  })

  it('100,000 messages left at its stop, and hands them all back', async () => {
    const worker = new Worker({ tasks: { a: async (_payload: Numbered) => {} }, capacity: 100_000 })
    for (let call = 0; call < 100; call += 1) {
      await worker.send(...Array.from({ length: 1_000 }, (_each, n) => ({ task: 'a' as const, n })))
    }
    assert.equal((await worker.run(AbortSignal.abort())).length, 100_000)
  })

  it('5,000 jobs that are due at the same time', async () => {
    const clock = new FakeClock()
    let runs = 0
    const worker = new Worker({ tasks: { a: async () => void (runs += 1) }, capacity: 5_000, clock })
    await worker.with({ delayMs: 1_000 }).send(...Array.from({ length: 5_000 }, () => ({ task: 'a' as const })))
    await drain(worker, clock)
    assert.equal(runs, 5_000)
  })
})

describe('the context of a handler', () => {
  it('can be taken apart', async () => {
    const clock = new FakeClock()
    const { opened, open } = gate()
    const seen: unknown[] = []
    const worker = new Worker({
      tasks: {
        a: async (_payload: object, { progress, signal, jobId, attempt, idempotencyKey, previous }: Context) => {
          progress(0.5)
          seen.push(signal.aborted, attempt, idempotencyKey === jobId, previous)
          await opened
        },
      },
      clock,
    })
    await using _ = running(worker)
    const [id] = await worker.send({ task: 'a' })
    await clock.yield()
    assert.deepEqual([(await worker.find(id ?? ''))?.progress, ...seen], [0.5, false, 1, true, undefined])
    open()
    await worker.idle()
  })

  it('shows nothing with which a handler could end its own attempt but a transaction', async () => {
    const names: string[] = []
    const worker = new Worker({
      tasks: {
        a: (_payload: object, context: Context) => {
          const prototype = Object.getPrototypeOf(context) as object
          names.push(...Object.getOwnPropertyNames(context), ...Object.getOwnPropertyNames(prototype))
        },
      },
    })
    await worker.send({ task: 'a' })
    await drain(worker)
    assert.deepEqual(names.sort(), [
      'attempt',
      'constructor',
      'idempotencyKey',
      'jobId',
      'previous',
      'progress',
      'signal',
      'transaction',
    ])
  })
})

const ANSWERS_AFTER_50_MS = `
  const server = require('node:http').createServer((request, response) => setTimeout(() => response.end('ok'), 50))
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.on('end', () => process.exit()).resume()`

function block(ms: number): void {
  const end = systemClock.elapsed() + ms
  while (systemClock.elapsed() < end);
}
