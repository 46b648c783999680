import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker as Thread } from 'node:worker_threads'
import { aFileOfJobs, byNumber, patiently, upTo, works } from './file-of-jobs.ts'
import type { SendOrder } from './processes/send.ts'
import type { Fact } from './processes/tell.ts'
import type { WorkOrder } from './processes/work-order.ts'
import { TellingProcess } from './telling-process.ts'
import { until } from './until.ts'

const SENDS = 100

/** A worker in a thread, which goes with the test. */
function aThread(order: WorkOrder) {
  const thread = new Thread(new URL('processes/work.ts', import.meta.url), { workerData: order })
  const facts: Fact[] = []
  let failure: unknown
  thread.on('message', (fact: Fact) => facts.push(fact))
  thread.once('error', (error) => (failure = error))
  const exited = once(thread, 'exit')
  return {
    began: async (count: number) => {
      const began = (): readonly Fact[] => facts.filter(({ fact }) => fact === 'began')
      await until(() => began().length >= count || failure !== undefined)
      assert.equal(failure, undefined)
      return began().map(({ value }) => value)
    },
    terminate: () => thread.terminate(),
    [Symbol.asyncDispose]: async () => {
      await thread.terminate()
      await exited.catch(() => {})
    },
  }
}

describe('several on one file', () => {
  it('four processes that send and work do every job exactly once, and are refused nothing', patiently, async () => {
    using file = aFileOfJobs()
    const order = { handlers: 'briefly', sends: SENDS, stops: 'by_signal' } as const
    await using first = file.aProcess({ ...order, first: 1 })
    await using second = file.aProcess({ ...order, first: 1 + SENDS })
    await using third = file.aProcess({ ...order, first: 1 + SENDS * 2 })
    await using fourth = file.aProcess({ ...order, first: 1 + SENDS * 3 })
    const all = [first, second, third, fourth]
    const heard = (name: Fact['fact']) => all.flatMap((each) => each.valuesOf(name).map(Number))
    await Promise.all(all.map((each) => each.told('sent', SENDS)))
    await until(() => heard('done').length === SENDS * 4)
    for (const each of all) each.terminate()
    assert.deepEqual(await Promise.all(all.map((each) => each.ended())), [0, 0, 0, 0])
    assert.deepEqual(
      all.flatMap((each) => each.valuesOf('failed')),
      [],
    )
    assert.deepEqual(heard('began').toSorted(byNumber), upTo(SENDS * 4))
    assert.deepEqual(
      (await file.jobs()).filter(({ state, deaths }) => state !== 'done' || deaths > 0),
      [],
    )
  })

  it('of two threads one takes over when the other is terminated', patiently, async () => {
    using file = aFileOfJobs()
    await file.send(...works(1, 5))
    await using victim = aThread({ path: file.path, handlers: 'never', stops: 'by_signal' })
    await victim.began(5)
    await using other = aThread({ path: file.path, handlers: 'at_once', stops: 'by_signal' })
    await victim.terminate()
    assert.deepEqual((await other.began(5)).map(Number).toSorted(byNumber), upTo(5))
  })

  it('one that works does what another sends, which has no code of the tasks and never runs', patiently, async () => {
    using file = aFileOfJobs()
    await using here = file.here()
    const order: SendOrder = { path: file.path, sends: 20 }
    await using sender = new TellingProcess('send.ts', order)
    assert.equal(await sender.ended(), 0)
    await here.hasDone(20)
    assert.deepEqual(here.began.toSorted(byNumber), upTo(20))
  })

  it('what was sent by a process that has ended is done by one that starts later', patiently, async () => {
    using file = aFileOfJobs()
    const order: SendOrder = { path: file.path, sends: 20 }
    await using sender = new TellingProcess('send.ts', order)
    assert.equal(await sender.ended(), 0)
    await using here = file.here()
    await here.hasDone(20)
    assert.deepEqual(here.began.toSorted(byNumber), upTo(20))
  })
})
