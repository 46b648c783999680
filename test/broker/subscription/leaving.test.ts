import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordContext } from '../../../src/broker/broker.ts'
import type { Assigned } from '../../../src/broker/membership.ts'
import { subscribe } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { gate, until } from '../../worker/running.ts'
import { MemberDouble, payloads } from './member-double.ts'

describe('a subscription', () => {
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

  it('begins nothing after its signal, though a handler that began with others gave it', async () => {
    const member = new MemberDouble()
    member.publish(member.partition(0), ...payloads(50))
    const stopping = new AbortController()
    let times = 0
    const run = (): void => {
      times += 1
      stopping.abort()
    }
    await member.subscribe(new FakeClock(), { signal: stopping.signal, run }).ended
    assert.equal(times, 1)
    assert.deepEqual(member.commits.at(-1)?.progress, { offset: 1, above: '' })
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
})
