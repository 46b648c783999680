import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { type StandardSchema, task, Worker } from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { codeOf, running } from './running.ts'

const ticket = z.object({ ticketId: z.string().min(1), at: z.iso.datetime().transform((text) => new Date(text)) })
const at = '2026-01-02T03:04:05.000Z'

const later: StandardSchema<{ n: number }, { n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const { n } = value as { n: number }
      return n > 0 ? { value: { n: n * 10 } } : { issues: [{ message: 'n must be more than 0', path: ['n'] }] }
    },
  },
}

describe('a task with a schema', () => {
  it('keeps the input, and gives run the output', async () => {
    const seen: unknown[] = []
    const worker = new Worker({
      tasks: { a: task({ schema: ticket, run: async (payload) => void seen.push(payload.at.getTime()) }) },
    })
    const [id] = await worker.send({ task: 'a', ticketId: 't1', at })
    assert.deepEqual((await worker.find(id ?? assert.fail()))?.payload, { ticketId: 't1', at })
    await drain(worker)
    assert.deepEqual(seen, [Date.parse(at)])
  })

  it('refuses a wrong payload to the sender, says what is wrong, and keeps nothing', async () => {
    const worker = new Worker({ tasks: { a: task({ schema: ticket, run: async () => {} }) } })
    const wrong = { task: 'a' as const, ticketId: '', at: 'yesterday' }
    const refusal = (error: { code: string; message: string; issues: { path: unknown }[] }): boolean => {
      assert.equal(error.code, 'payload_refused')
      assert.match(error.message, /^the payload of a does not fit its schema: ticketId: .*; at: /)
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        [['ticketId'], ['at']],
      )
      return true
    }
    await assert.rejects(worker.send({ task: 'a', ticketId: 't1', at }, wrong), refusal)
    assert.throws(() => worker.trySend(wrong), refusal)
    assert.equal((await worker.count()).waiting, 0)
  })

  it('that is asynchronous is waited for by send and by run, and refused by trySend', async () => {
    const seen: number[] = []
    const worker = new Worker({ tasks: { a: task({ schema: later, run: async ({ n }) => void seen.push(n) }) } })
    await worker.send({ task: 'a', n: 1 })
    await assert.rejects(worker.send({ task: 'a', n: 2 }, { task: 'a', n: -1 }), codeOf('payload_refused'))
    assert.throws(() => worker.trySend({ task: 'a', n: 1 }), codeOf('async_schema'))
    await drain(worker)
    assert.deepEqual(seen, [10])
  })

  it('sends a job to the dead whose payload no longer fits', async () => {
    let strict = false
    const schema = z.object({ n: z.number() }).refine(() => !strict, 'it is too late')
    const worker = new Worker({ tasks: { a: task({ schema, run: async () => {} }) } })
    await worker.send({ task: 'a', n: 1 })
    strict = true
    await drain(worker)
    const [dead] = await worker.list({ state: 'dead' })
    assert.deepEqual(
      [dead?.reason, dead?.error],
      ['payload_refused', 'PayloadError: the payload does not fit its schema: it is too late'],
    )
  })

  it('gives reconcile the output, too', async () => {
    const clock = new FakeClock()
    const seen: unknown[] = []
    const worker = new Worker({
      tasks: {
        a: task({
          schema: ticket,
          run: () => new Promise(() => {}),
          reconcile: (payload) => {
            seen.push(payload.at instanceof Date)
            return true
          },
          timeoutMs: 10,
        }),
      },
      clock,
    })
    await using _ = running(worker)
    await worker.send({ task: 'a', ticketId: 't1', at })
    await clock.advance(10)
    await worker.idle()
    assert.deepEqual(seen, [true])
  })

  it('that hangs or is cut off by a stop does not run the handler later', async () => {
    const clock = new FakeClock()
    const { promise, resolve } = Promise.withResolvers<{ value: { n: number } }>()
    let checks = 0
    const schema: StandardSchema<{ n: number }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ((checks += 1) === 1 ? { value: { n: 1 } } : promise),
      },
    }
    let runs = 0
    const worker = new Worker({
      tasks: { a: task({ schema, run: () => void (runs += 1), timeoutMs: 1_000 }) },
      clock,
      retry: { minMs: 0, maxMs: 0 },
      graceMs: 0,
      deadlineMs: 0,
    })
    const [id] = await worker.send({ task: 'a', n: 1 })
    const run = running(worker)
    await clock.advance(1_000)
    assert.deepEqual(await run.stop(), [{ task: 'a', n: 1 }])
    assert.equal((await worker.find(id ?? assert.fail()))?.attempts, 1)
    resolve({ value: { n: 1 } })
    await clock.yield()
    assert.equal(runs, 0)
  })
})
