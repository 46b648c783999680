import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { subscribe } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { gate, until } from '../../worker/running.ts'
import { committed, MemberDouble, payloads } from './member-double.ts'

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
    assert.equal(kept, 'w1  0!;1!;1!')
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

  it('ends a handler that never settles by its time-out, and tries again', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const attempts: number[] = []
    member.publish(member.partition(0), ...payloads(1))
    const { stop } = member.subscribe(clock, {
      timeoutMs: 1_000,
      retry: { attempts: 2, minMs: 0, maxMs: 0 },
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
    const assigned = member.partition(0, 't', { offset: 1, above: 'w1 1.2 0,,3' })
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

  it('tells by one commit of many that follow each other', async () => {
    const member = new MemberDouble()
    member.publish(member.partition(0), ...payloads(40))
    const { stop } = member.subscribe(new FakeClock(), { order: 'partition' })
    await until(() => committed(member) === 40)
    const told = member.commits.map(({ progress }) => progress.above.split('!').length - 1)
    assert.ok(Math.max(...told) > 20, `${Math.max(...told)} at once`)
    await stop()
  })

  it('tells nothing of those who wait behind one that has failed', async () => {
    const clock = new FakeClock()
    const member = new MemberDouble()
    const failed: number[] = []
    const deafen = subscribe('record.failed', ({ attempt }) => failed.push(attempt))
    member.publish(member.partition(0), ...payloads(10))
    const { stop } = member.subscribe(clock, {
      order: 'partition',
      retry: { minMs: 1_000, maxMs: 1_000 },
      run: () => {
        throw new Error('it failed')
      },
    })
    await until(() => failed.length === 1)
    assert.deepEqual(failed, [1])
    assert.match(member.commits.at(-1)?.progress.above ?? '', /^w1  0,[0-9a-z]+,1$/)
    deafen()
    await stop()
  })

  it('puts a record whose payload cannot be parsed among the dead, and goes on', async () => {
    const member = new MemberDouble()
    // It has no JSON.
    member.publish(member.partition(0), { payload: undefined }, { payload: 1 })
    const seen: unknown[] = []
    const { stop } = member.subscribe(new FakeClock(), { order: 'partition', run: (payload) => seen.push(payload) })
    await until(() => committed(member) === 2)
    const dead = member.commits.flatMap((commit) => commit.dead)
    assert.deepEqual([seen, dead.map(({ record, reason }) => [record.offset, reason])], [[1], [[0, 'payload_refused']]])
    await stop()
  })
})
