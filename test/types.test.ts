import { describe, it } from 'node:test'
import { expectTypeOf } from 'expect-type'
import { webhook } from '../src/express/index.ts'
import {
  type Context,
  type JobId,
  type JobOf,
  type MessageOf,
  type PayloadOf,
  type ResultOf,
  type Sender,
  task,
  Worker,
} from '../src/index.ts'
import { type Order, type Ticket, worker } from './types/sample.ts'

// `npm run types` is what checks this file. types/sentences.test.ts runs it too, so that it fails with the other tests.

/** Read by the compiler, never called. */
const onlyCompiled = (..._calls: readonly (() => unknown)[]): void => {}

type Tasks = typeof worker extends Worker<infer T> ? T : never
type Message = MessageOf<Tasks>
type MessageTo<Name> = Extract<Message, { task: Name }>

describe('a message', () => {
  it('is flat: the task and the fields of its payload', () => {
    expectTypeOf<MessageTo<'issueReceipt'>>().toEqualTypeOf<{
      readonly task: 'issueReceipt'
      readonly ticketId: string
      readonly note?: string
    }>()
    expectTypeOf<MessageTo<'nothing'>>().toEqualTypeOf<{ readonly task: 'nothing' }>()
    expectTypeOf<MessageTo<'pay'>>().toEqualTypeOf<
      | { readonly task: 'pay'; readonly kind: 'card'; readonly card: string }
      | { readonly task: 'pay'; readonly kind: 'cash'; readonly till: number }
    >()
  })

  it('has what its schema takes, not what the schema makes of it', () => {
    expectTypeOf<MessageTo<'typed'>>().toEqualTypeOf<{
      readonly task: 'typed'
      readonly ticketId: string
      readonly at: string
    }>()
  })

  it('names one of the tasks', () => {
    type Names = 'issueReceipt' | 'appendToTracker' | 'plain' | 'nothing' | 'pay' | 'deep' | 'tree' | 'typed'
    expectTypeOf<Message['task']>().toEqualTypeOf<Names>()
  })

  it('compiles where it fits its task', () => {
    onlyCompiled(
      () => worker.send(),
      () => worker.send({ task: 'issueReceipt', ticketId: 'a' }, { task: 'nothing' }),
      () => worker.send({ task: 'appendToTracker', ticketId: 'b', note: 'n' }),
      () => worker.send({ task: 'pay', kind: 'card', card: '1' }, { task: 'pay', kind: 'cash', till: 1 }),
      () => worker.send({ task: 'typed', ticketId: 'a', at: '2026-01-01T00:00:00Z' }),
      () => worker.send({ task: 'deep', lines: [{ sku: 'a', price: { amount: '1' } }] }),
      () => worker.send({ task: 'tree', name: 'a', children: [{ name: 'b', children: [] }] }),
      () => worker.send(...([{ task: 'nothing' }] as const satisfies readonly Message[])),
    )
  })

  it('does not compile where it does not', () => {
    onlyCompiled(
      // @ts-expect-error -- a number where the payload has a string
      () => worker.send({ task: 'appendToTracker', ticketId: 1 }),
      // @ts-expect-error -- no such task
      () => worker.send({ task: 'issueReceit', ticketId: 'a' }),
      // @ts-expect-error -- a field is missing
      () => worker.send({ task: 'issueReceipt' }),
      // @ts-expect-error -- no task
      () => worker.send({ ticketId: 'a' }),
      // @ts-expect-error -- fields of both members of the union
      () => worker.send({ task: 'pay', kind: 'card', till: 1 }),
      // @ts-expect-error -- a field too many
      () => worker.send({ task: 'nothing', x: 1 }),
      // @ts-expect-error -- undefined is not the same as left out
      () => worker.send({ task: 'plain', ticketId: 'a', note: undefined }),
      // @ts-expect-error -- the schema's output, not its input
      () => worker.send({ task: 'typed', ticketId: 'a', at: new Date() }),
      // @ts-expect-error -- the second of two
      () => worker.send({ task: 'nothing' }, { task: 'nothing', x: 1 }),
      // @ts-expect-error -- trySend takes the same
      () => worker.trySend({ task: 'issueReceit', ticketId: 'a' }),
      // @ts-expect-error -- and so does a sender with options
      () => worker.with({ delayMs: 1 }).send({ task: 'issueReceit', ticketId: 'a' }),
    )
  })
})

describe('a worker', () => {
  it('is a sender of its messages', () => {
    expectTypeOf(worker).toExtend<Sender<Message>>()
    expectTypeOf<ReturnType<typeof worker.send>>().toEqualTypeOf<Promise<readonly JobId[]>>()
    expectTypeOf<ReturnType<typeof worker.trySend>>().toEqualTypeOf<Promise<readonly JobId[]> | false>()
    expectTypeOf(worker.with).returns.toEqualTypeOf<Sender<Message>>()
  })

  it('runs to the messages that were not done', () => {
    expectTypeOf(worker.run).returns.toEqualTypeOf<Promise<readonly Message[]>>()
  })

  it('shows jobs whose task tells the types of payload and result', () => {
    type Job = NonNullable<Awaited<ReturnType<typeof worker.find>>>
    expectTypeOf<Job>().toEqualTypeOf<JobOf<Tasks>>()
    type JobTo<Name> = Extract<Job, { task: Name }>
    expectTypeOf<JobTo<'issueReceipt'>['payload']>().toEqualTypeOf<Ticket>()
    expectTypeOf<JobTo<'issueReceipt'>['result']>().toEqualTypeOf<{ number: number } | undefined>()
    expectTypeOf<JobTo<'typed'>['payload']>().toEqualTypeOf<{ ticketId: string; at: string }>()
    expectTypeOf<JobTo<'typed'>['result']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<JobTo<'pay'>['result']>().toEqualTypeOf<'paid' | undefined>()
    expectTypeOf<JobTo<'pay'>['payload']>().toEqualTypeOf<Order>()
  })

  it('takes an id from wherever it comes, as a text', () => {
    onlyCompiled(() => worker.find('x-1'))
  })

  it('does not compile with a task that it cannot infer or that no message can reach', () => {
    onlyCompiled(
      // @ts-expect-error -- an object needs task(), or its reconcile would be any
      () => new Worker({ tasks: { x: { run: async (_payload: Ticket) => {} } } }),
      // @ts-expect-error -- a payload without a type has no fields
      () => new Worker({ tasks: { x: async (payload) => void payload.y } }),
      // @ts-expect-error -- a payload that is no object
      () => new Worker({ tasks: { x: async (_payload: string) => {} } }),
      // @ts-expect-error -- tasks are missing
      () => new Worker({}),
      // @ts-expect-error -- no such option
      () => new Worker({ tasks: { x: async (_payload: Ticket) => {} }, capasity: 1 }),
    )
  })
})

describe('a task', () => {
  it('has the payload and the result of its run', () => {
    const made = task({ run: async (_payload: Ticket) => ({ number: 7 }) })
    expectTypeOf<PayloadOf<typeof made>>().toEqualTypeOf<Ticket>()
    expectTypeOf<ResultOf<typeof made>>().toEqualTypeOf<{ number: number }>()
    const plain = (_payload: Ticket): number => 7
    expectTypeOf<PayloadOf<typeof plain>>().toEqualTypeOf<Ticket>()
    expectTypeOf<ResultOf<typeof plain>>().toEqualTypeOf<number>()
  })

  it('infers the context and the payload in each of its functions', () => {
    task({
      run: (payload: Ticket, context) => {
        expectTypeOf(context).toEqualTypeOf<Context>()
        expectTypeOf(payload).toEqualTypeOf<Ticket>()
      },
      reconcile: (payload, context) => {
        expectTypeOf(context).toEqualTypeOf<Context>()
        expectTypeOf(payload).toEqualTypeOf<Ticket>()
        return true
      },
      once: (payload) => {
        expectTypeOf(payload).toEqualTypeOf<Ticket>()
        return payload.ticketId
      },
      idempotencyKey: (payload) => {
        expectTypeOf(payload).toEqualTypeOf<Ticket>()
        return payload.ticketId
      },
    })
  })

  it('does not compile where it contradicts itself', () => {
    onlyCompiled(
      // @ts-expect-error -- reconcile knows its payload
      () => task({ run: async (_payload: { id: string }) => {}, reconcile: async (payload) => payload.idd === 1 }),
      // @ts-expect-error -- so does once
      () => task({ run: async (_payload: { id: string }) => {}, once: (payload) => payload.idd }),
      // @ts-expect-error -- reconcile answers true or false
      () => task({ run: async (_payload: Ticket) => {}, reconcile: async () => {} }),
      // @ts-expect-error -- the handler is missing
      () => task({ timeoutMs: 1 }),
      // @ts-expect-error -- no such option
      () => task({ run: async (_payload: Ticket) => {}, timeout: 1 }),
    )
  })
})

describe('the context of a handler', () => {
  it('has these fields, and no request', () => {
    expectTypeOf<keyof Context>().toEqualTypeOf<
      'jobId' | 'attempt' | 'signal' | 'idempotencyKey' | 'previous' | 'progress' | 'transaction'
    >()
  })
})

describe('a webhook', () => {
  it('sends what the worker knows', () => {
    onlyCompiled(() => webhook({ worker, messages: () => [{ task: 'plain', ticketId: 'a' }] }))
  })

  it('does not compile where it sends anything else', () => {
    onlyCompiled(
      // @ts-expect-error -- no such task
      () => webhook({ worker, messages: () => [{ task: 'plane', ticketId: 'a' }] }),
      // @ts-expect-error -- a payload of another type
      () => webhook({ worker, messages: () => [{ task: 'plain', ticketId: 1 }] }),
    )
  })
})
