import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { task, Worker, type WorkerOptions } from '../../src/index.ts'
import { drain, FakeClock } from '../../src/testing/index.ts'
import { codeOf, running } from './running.ts'

interface Row {
  readonly ticketId: string
  readonly note?: string
}

const tasks = {
  row: task({ run: async (_row: Row) => {}, once: ({ ticketId }) => ticketId }),
  plain: async (_row: Row) => {},
}
const newWorker = (options: Partial<WorkerOptions<typeof tasks>> = {}) =>
  new Worker({ tasks, clock: new FakeClock(), ...options })

describe('a task with once', () => {
  it('makes one job of two sends with the same answer', async () => {
    const worker = newWorker()
    const first = await worker.send({ task: 'row', ticketId: 't1' })
    assert.deepEqual(await worker.send({ task: 'row', ticketId: 't1' }), first)
    assert.equal((await worker.count()).waiting, 1)
  })

  it('refuses another payload under the same key, and keeps nothing of that call', async () => {
    const worker = newWorker()
    await worker.send({ task: 'row', ticketId: 't1' })
    const call = worker.send({ task: 'plain', ticketId: 't2' }, { task: 'row', ticketId: 't1', note: 'new' })
    await assert.rejects(call, codeOf('conflict'))
    assert.equal((await worker.count()).waiting, 1)
  })

  it('can say what has to be equal', async () => {
    const worker = new Worker({
      tasks: {
        row: task({ run: async (_row: Row) => {}, once: ({ ticketId }) => ({ key: ticketId, content: ticketId }) }),
      },
    })
    const first = await worker.send({ task: 'row', ticketId: 't1', note: 'a' })
    assert.deepEqual(await worker.send({ task: 'row', ticketId: 't1', note: 'b' }), first)
  })

  it('remembers a job for onceForMs after its end: the sender before the task before the worker, 24 h otherwise', async () => {
    const dayMs = 86_400_000
    const remembers = async (options: object, taskOptions: object, withOptions: object) => {
      const clock = new FakeClock()
      const worker = new Worker({
        tasks: { row: task({ run: async (_row: Row) => {}, once: ({ ticketId }) => ticketId, ...taskOptions }) },
        clock,
        ...options,
      })
      const send = () => worker.with(withOptions).send({ task: 'row', ticketId: 't1' })
      const first = await send()
      await drain(worker)
      const same: boolean[] = []
      for (const ms of [5, 50, 500, dayMs]) {
        await clock.advance(ms - 1 - (clock.elapsed() - 0))
        same.push((await send())[0] === first[0])
        await clock.advance(1)
      }
      return same
    }
    assert.deepEqual(await remembers({}, {}, {}), [true, true, true, true])
    assert.deepEqual(await remembers({ onceForMs: 500 }, {}, {}), [true, true, true, false])
    assert.deepEqual(await remembers({ onceForMs: 500 }, { onceForMs: 50 }, {}), [true, true, false, false])
    assert.deepEqual(await remembers({ onceForMs: 500 }, { onceForMs: 50 }, { onceForMs: 5 }), [
      true,
      false,
      false,
      false,
    ])
  })
})

describe('with({ once })', () => {
  it('answers the same call again with the first ids, and runs nothing twice', async () => {
    let runs = 0
    const worker = new Worker({ tasks: { plain: async (_row: Row) => void (runs += 1) } })
    const sender = worker.with({ once: 'order 7' })
    const call = [
      { task: 'plain', ticketId: 't1' },
      { task: 'plain', ticketId: 't2' },
    ] as const
    const copies = await Promise.all(Array.from({ length: 200 }, () => sender.send(...call)))
    await using _ = running(worker)
    await worker.idle()
    assert.equal(runs, 2)
    for (const ids of copies) assert.deepEqual(ids, copies[0])
    assert.deepEqual(await sender.send(...call), copies[0])
  })

  it('refuses other messages under the same key', async () => {
    const worker = newWorker()
    const sender = worker.with({ once: 'order 7' })
    await sender.send({ task: 'plain', ticketId: 't1' })
    await assert.rejects(sender.send({ task: 'plain', ticketId: 't2' }), codeOf('conflict'))
    await assert.rejects(
      sender.send({ task: 'plain', ticketId: 't1' }, { task: 'plain', ticketId: 't2' }),
      codeOf('conflict'),
    )
    await assert.rejects(sender.send({ task: 'row', ticketId: 't1' }), codeOf('conflict'))
    await assert.rejects(sender.send(), codeOf('conflict'))
  })

  it('takes what has to be equal from the sender where it says so', async () => {
    const worker = newWorker()
    const first = await worker.with({ once: { key: 'k', content: 'body' } }).send({ task: 'plain', ticketId: 't1' })
    assert.deepEqual(
      await worker.with({ once: { key: 'k', content: 'body' } }).send({ task: 'plain', ticketId: 't2' }),
      first,
    )
    await assert.rejects(
      worker.with({ once: { key: 'k', content: 'other' } }).send({ task: 'plain', ticketId: 't1' }),
      codeOf('conflict'),
    )
  })

  it('does not mix up its keys with those of tasks', async () => {
    const worker = newWorker()
    await worker.send({ task: 'row', ticketId: 'k' })
    const [id] = await worker.with({ once: 'k' }).send({ task: 'plain', ticketId: 'x' })
    assert.equal((await worker.find(id ?? assert.fail()))?.task, 'plain')
  })

  it('goes together with once of a task', async () => {
    const worker = newWorker()
    const [first] = await worker.send({ task: 'row', ticketId: 't1' })
    const call = [
      { task: 'row', ticketId: 't1' },
      { task: 'row', ticketId: 't2' },
    ] as const
    const ids = await worker.with({ once: 'order' }).send(...call)
    assert.equal(ids[0], first)
    assert.deepEqual(await worker.with({ once: 'order' }).send(...call), ids)
    assert.equal((await worker.count()).waiting, 2)
  })

  for (const once of ['', 'x'.repeat(1_001), 7, {}, { key: '' }, null]) {
    it(`refuses a key that is no text of 1 to 1,000 characters: ${JSON.stringify(once)?.slice(0, 20)}`, async () => {
      const worker = newWorker()
      const send = async () => worker.with({ once: once as string }).send({ task: 'plain', ticketId: 't1' })
      await assert.rejects(send, codeOf('invalid_option'))
    })
  }
})
