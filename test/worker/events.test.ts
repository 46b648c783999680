import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Context,
  type EventName,
  PermanentError,
  RetryAfter,
  subscribe,
  UnknownError,
  Worker,
} from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { running } from './running.ts'

/** What is published while `act` runs, by name. */
async function published(names: readonly EventName[], act: () => Promise<void>): Promise<[EventName, object][]> {
  const facts: [EventName, object][] = []
  const ends = names.map((name) => subscribe(name, (fact) => facts.push([name, fact])))
  await act()
  for (const end of ends) end()
  return facts
}

describe('a worker publishes', () => {
  it('what happens to a message, from its send to its end', async () => {
    const error = new Error('down')
    const worker = new Worker({
      tasks: {
        a: async (_payload: object, { attempt }: Context) => {
          if (attempt === 1) throw error
        },
      },
      retry: { minMs: 0, maxMs: 0 },
      clock: new FakeClock(),
    })
    let jobId: string | undefined
    const names = [
      'job.sent',
      'attempt.started',
      'attempt.failed',
      'job.done',
      'worker.started',
      'worker.stopping',
      'worker.stopped',
    ] as const
    const facts = await published(names, async () => {
      ;[jobId] = await worker.send({ task: 'a' })
      await drain(worker)
    })
    const job = { jobId, task: 'a' }
    assert.deepEqual(facts, [
      ['job.sent', job],
      ['worker.started', { tasks: ['a'] }],
      ['attempt.started', { ...job, attempt: 1 }],
      ['attempt.failed', { ...job, attempt: 1, error, at: Date.UTC(2026, 0, 1) }],
      ['attempt.started', { ...job, attempt: 2 }],
      ['job.done', { ...job, attempt: 2, reconciled: false }],
      ['worker.stopping', { inWork: 0 }],
      ['worker.stopped', { unknown: 0 }],
    ])
  })

  it('every other way to end, and replays', async () => {
    const clock = new FakeClock()
    const thrown = [new RetryAfter(5), new UnknownError(new Error('reset')), new PermanentError('no')]
    const worker = new Worker({
      tasks: {
        a: async () => {
          throw thrown.shift()
        },
      },
      clock,
      random: () => 0,
    })
    const names = ['attempt.snoozed', 'attempt.unknown', 'job.dead', 'job.replayed'] as const
    const facts = await published(names, async () => {
      await worker.send({ task: 'a' })
      await drain(worker, clock)
      await worker.replay()
    })
    assert.deepEqual(
      facts.map(([name]) => name),
      names,
    )
    assert.deepEqual(facts.at(-1), ['job.replayed', { count: 1 }])
  })

  it('that a handler settled too late, and with what', async () => {
    const clock = new FakeClock()
    const { promise, reject } = Promise.withResolvers<void>()
    const worker = new Worker({ tasks: { a: () => promise }, clock, timeoutMs: 10, retry: { attempts: 1 } })
    const error = new Error('late')
    const facts = await published(['attempt.late'], async () => {
      await using _ = running(worker)
      await worker.send({ task: 'a' })
      await clock.advance(10)
      reject(error)
      await clock.yield()
    })
    assert.deepEqual(
      facts.map(([, fact]) => (fact as { error: unknown }).error),
      [error],
    )
  })

  it('that a result is no JSON value', async () => {
    const worker = new Worker({ tasks: { a: async () => new Map() } })
    const facts = await published(['result.refused'], async () => {
      await worker.send({ task: 'a' })
      await drain(worker)
    })
    const [, fact] = facts[0] ?? assert.fail('nothing was published')
    assert.match((fact as { error: string }).error, /a Map is not a JSON value/)
  })
})
