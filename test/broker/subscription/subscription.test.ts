import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordContext } from '../../../src/broker/broker.ts'
import type { Assigned } from '../../../src/broker/membership.ts'
import { subscribe, WillcallError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { gate, until } from '../../worker/running.ts'
import { MemberDouble } from './member-double.ts'

const payloads = (count: number): { payload: number }[] => Array.from({ length: count }, (_, payload) => ({ payload }))

/** The last offset that was committed. */
const committed = ({ commits }: MemberDouble): number => commits.at(-1)?.progress.offset ?? 0

describe('a subscription', () => {
  it('commits a record only after its handler', async () => {
    const member = new MemberDouble()
    const { opened, open } = gate()
    const assigned = member.partition(0)
    member.publish(assigned, ...payloads(1))
    let begun = false
    const { stop } = member.subscribe(new FakeClock(), {
      run: async () => {
        begun = true
        await opened
      },
    })
    await until(() => begun)
    assert.equal(committed(member), 0)
    open()
    await until(() => committed(member) === 1)
    await stop()
  })

  it('keeps, before a record begins, that it may have', async () => {
    const member = new MemberDouble()
    const assigned = member.partition(0)
    member.publish(assigned, ...payloads(3))
    let kept: string | undefined
    const { stop } = member.subscribe(new FakeClock(), { run: () => (kept ??= member.commits.at(-1)?.progress.above) })
    await until(() => committed(member) === 3)
    assert.equal(kept, 'w1  3 ')
    await stop()
  })

  it('has no more records in work than it may', async () => {
    const member = new MemberDouble()
    const { opened, open } = gate()
    for (const partition of [0, 1, 2]) member.publish(member.partition(partition), ...payloads(10))
    let inWork = 0
    let most = 0
    const { stop } = member.subscribe(new FakeClock(), {
      concurrency: 4,
      run: async () => {
        inWork += 1
        most = Math.max(most, inWork)
        await opened
        inWork -= 1
      },
    })
    await until(() => inWork === 4)
    open()
    await until(() => member.commits.filter(({ progress }) => progress.offset === 10).length === 3)
    assert.equal(most, 4)
    await stop()
  })

  it('gives free places to the partitions in turn', async () => {
    const member = new MemberDouble()
    for (const partition of [0, 1, 2]) member.publish(member.partition(partition), ...payloads(5))
    const order: number[] = []
    const { stop } = member.subscribe(new FakeClock(), {
      concurrency: 1,
      run: (_payload, { record }) => {
        order.push(record.partition)
      },
    })
    await until(() => order.length === 15)
    assert.equal(new Set(order.slice(0, 3)).size, 3)
    await stop()
  })

  it('commits again what could not be committed, and handles nothing of it twice', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const assigned = member.partition(0)
    let times = 0
    const { stop } = member.subscribe(clock, {
      run: () => {
        times += 1
        member.failing.commit = new Error('the disk is slow')
      },
    })
    const failures: unknown[] = []
    const done: number[] = []
    const deafen = [
      subscribe('broker.failed', ({ verb, error }) => failures.push(verb, error)),
      subscribe('record.done', ({ offset }) => done.push(offset)),
    ]
    member.publish(assigned, ...payloads(1))
    await until(() => failures.length > 0)
    assert.deepEqual(failures, ['commit', new Error('the disk is slow')])
    assert.deepEqual(done, [], 'it is reported once it is committed')
    await clock.advance(1_000)
    await until(() => committed(member) === 1)
    assert.equal(times, 1)
    assert.deepEqual(done, [0])
    for (const each of deafen) each()
    await stop()
  })

  for (const verb of ['assign', 'read'] as const) {
    it(`asks again where the broker cannot ${verb} now`, async () => {
      const clock = new FakeClock()
      const member = new MemberDouble()
      member.publish(member.partition(0), ...payloads(2))
      let failed = ''
      const deafen = subscribe('broker.failed', (fact) => (failed = fact.verb))
      member.failing[verb] = new Error('not now')
      const { stop } = member.subscribe(clock, {})
      await until(() => failed === verb)
      await clock.advance(1_000)
      await until(() => committed(member) === 2)
      deafen()
      await stop()
    })
  }

  it('reads on where records came while it was reading', async () => {
    const member = new MemberDouble()
    const { opened, open } = gate()
    const assigned = member.partition(0)
    member.gate = opened
    const { stop } = member.subscribe(new FakeClock(), {})
    await until(() => member.reads.length === 1)
    // The read that is under way has found nothing.
    member.gate = undefined
    member.publish(assigned, ...payloads(1))
    open()
    await until(() => committed(member) === 1)
    await stop()
  })

  it('ends the attempts at a partition that others have, and commits nothing of them', async () => {
    const member = new MemberDouble()
    const assigned = member.partition(0)
    member.publish(assigned, ...payloads(3))
    const signals: AbortSignal[] = []
    let lost: Assigned | undefined
    const deafen = subscribe('partition.lost', (fact) => (lost = fact))
    const { stop } = member.subscribe(new FakeClock(), {
      run: (_payload, { signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    await until(() => signals.length === 3)
    const before = member.commits.length
    member.lose(assigned)
    await until(() => signals.every(({ aborted }) => aborted))
    assert.deepEqual(lost, { group: 'g', topic: 't', partition: 0 })
    await stop()
    assert.equal(member.commits.length, before)
    assert.deepEqual(member.released, [])
    deafen()
  })

  it('lets a partition go where a commit finds that others have it', async () => {
    const member = new MemberDouble()
    const assigned = member.partition(0)
    let times = 0
    let lost = false
    const deafen = subscribe('partition.lost', () => (lost = true))
    const { stop } = member.subscribe(new FakeClock(), {
      run: () => {
        times += 1
        member.holds = false
      },
    })
    member.publish(assigned, ...payloads(1))
    await until(() => lost)
    member.publish(assigned, ...payloads(1))
    await stop()
    assert.equal(times, 1)
    deafen()
  })

  it('releases a partition that others wait for once nothing of it is in work', async () => {
    const member = new MemberDouble()
    const { opened, open } = gate()
    const [first, other] = [member.partition(0), member.partition(1)]
    member.publish(first, ...payloads(5))
    const seen: string[] = []
    const { stop } = member.subscribe(new FakeClock(), {
      concurrency: 2,
      run: async (payload, { record: { partition } }) => {
        seen.push(`${partition}/${String(payload)}`)
        await opened
      },
    })
    await until(() => seen.length === 2)
    member.giveUp(first)
    member.publish(other, ...payloads(1))
    open()
    await until(() => member.released.length === 1 && seen.includes('1/0'))
    assert.deepEqual(member.released, [first])
    assert.deepEqual(
      seen.filter((each) => each.startsWith('0')),
      ['0/0', '0/1'],
      'nothing of it has begun since',
    )
    const last = member.commits.findLast(({ assigned }) => assigned === first)
    assert.deepEqual(last?.progress, { offset: 2, above: '' })
    await stop()
  })

  it('stops: handlers go on for graceMs, get their signal, and end unknown deadlineMs later, without an attempt spent', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const assigned = member.partition(0)
    member.publish(assigned, ...payloads(2))
    let context: RecordContext | undefined
    const { stop } = member.subscribe(clock, {
      order: 'partition',
      graceMs: 500,
      deadlineMs: 100,
      run: (_payload, given) => {
        context = given
        return new Promise(() => {})
      },
    })
    await until(() => context !== undefined)
    const stopped = stop()
    await clock.advance(499)
    assert.equal(context?.signal.aborted, false)
    await clock.advance(1)
    assert.equal(context?.signal.aborted, true)
    assert.equal(member.hasLeft, false)
    await clock.advance(100)
    await stopped
    assert.deepEqual(member.commits.at(-1)?.progress, { offset: 0, above: '' })
    assert.deepEqual([member.released, member.hasLeft], [[assigned], true])
  })

  it('stops also while the broker cannot commit', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const assigned = member.partition(0)
    let isStopping = false
    const { stop } = member.subscribe(clock, {
      graceMs: 500,
      deadlineMs: 100,
      run: () => {
        isStopping = true
        Object.defineProperty(member.failing, 'commit', { get: () => new Error('no disk'), configurable: true })
      },
    })
    member.publish(assigned, ...payloads(1))
    await until(() => isStopping)
    const stopped = stop()
    await clock.advance(2_000)
    await stopped
    assert.ok(member.hasLeft)
  })

  it('ends a handler that never settles by its time-out, and tries again', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const attempts: number[] = []
    member.publish(member.partition(0), ...payloads(1))
    const { stop } = member.subscribe(clock, {
      timeoutMs: 1_000,
      retry: { attempts: 2, minMs: 100, maxMs: 100 },
      run: (_payload, { attempt }) => {
        attempts.push(attempt)
        return new Promise(() => {})
      },
    })
    await until(() => attempts.length === 1)
    await clock.advance(1_000)
    await until(() => attempts.length === 2)
    await clock.advance(1_000)
    await until(() => committed(member) === 1)
    assert.deepEqual(attempts, [1, 2])
    const [dead] = member.commits.flatMap((commit) => commit.dead)
    assert.deepEqual([dead?.reason, dead?.attempts], ['attempts_used_up', 2])
    await stop()
  })

  it('goes on where a member before it was, with the attempts that were spent', async () => {
    const member = new MemberDouble()
    const assigned = member.partition(0, { offset: 1, above: 'w1 1.2 0 0,,3' })
    member.publish(assigned, ...payloads(6))
    const seen: (readonly [unknown, number])[] = []
    const { stop } = member.subscribe(new FakeClock(), {
      run: (payload, { attempt }) => {
        seen.push([payload, attempt])
      },
    })
    await until(() => committed(member) === 6)
    assert.deepEqual(
      seen.toSorted(([one], [other]) => Number(one) - Number(other)),
      [
        [1, 4],
        [4, 1],
        [5, 1],
      ],
    )
    await stop()
  })

  it('gives each record of a group a key of its own, the same at every attempt', async () => {
    const member = new MemberDouble()
    const keys: string[] = []
    member.publish(member.partition(2), ...payloads(1))
    const { stop } = member.subscribe(new FakeClock(), {
      retry: { minMs: 0, maxMs: 0 },
      run: (_payload, { idempotencyKey, attempt }) => {
        keys.push(idempotencyKey)
        if (attempt === 1) throw new Error('it failed')
      },
    })
    await until(() => committed(member) === 1)
    assert.deepEqual(keys, ['broker-t-2-0-g', 'broker-t-2-0-g'])
    await stop()
  })

  for (const [what, options] of [
    ['a group without a name', { group: '' }],
    ['a group with a space', { group: 'a b' }],
    ['no topics', { topics: [] }],
    ['a topic with a slash', { topics: ['a/b'] }],
    ['an order that there is not', { order: 'offset' as never }],
    ['a run that is no function', { run: 'x' as never }],
    ['no places', { concurrency: 0 }],
    ['too many places', { concurrency: 10_001 }],
    ['one death', { maxDeaths: 1 }],
    ['a time-out of nothing', { timeoutMs: 0 }],
    ['a grace that is not a number', { graceMs: Number.NaN }],
    ['a signal that is none', { signal: {} as never }],
    ['a schema that is none', { schema: {} as never }],
    ['no attempts', { retry: { attempts: 0 } }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { ended } = new MemberDouble().subscribe(new FakeClock(), options)
      await assert.rejects(ended, (error) => error instanceof WillcallError && error.code === 'invalid_option')
    })
  }
})
