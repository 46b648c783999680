import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { gate, until } from '../../worker/running.ts'
import { committed, MemberDouble, payloads } from './member-double.ts'

describe('a subscription', () => {
  it('reads no more than about 64 MiB of all its partitions together, but of each a record', async () => {
    const member = new MemberDouble()
    member.bytesOfOne = 1_048_576
    const { opened, open } = gate()
    for (let partition = 0; partition < 100; partition += 1) {
      member.publish(member.partition(partition), ...payloads(8))
    }
    let inWork = 0
    const { stop } = member.subscribe(new FakeClock(), {
      concurrency: 1_000,
      run: async () => {
        inWork += 1
        await opened
      },
    })
    const atOnce = 8 * 8 + 92
    await until(() => inWork === atOnce)
    assert.equal(member.came, atOnce)
    open()
    await until(() => inWork === 800)
    await stop()
  })

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

  it('goes on with records that were not tried while many others are tried again at once, for ever', async () => {
    const member = new MemberDouble()
    member.publish(member.partition(0), ...payloads(110))
    let failures = 0
    let done = 0
    const { stop } = member.subscribe(new FakeClock(), {
      concurrency: 1,
      retry: { attempts: 1_000_000, minMs: 0, maxMs: 0 },
      run: async (payload) => {
        await systemClock.yield()
        if ((payload as number) < 100) {
          failures += 1
          throw new Error('not yet')
        }
        done += 1
      },
    })
    await until(() => done === 10 || failures > 10_000)
    assert.equal(done, 10)
    await stop()
  })

  it('reads no more of a partition than may be unfinished, however many may be in work', async () => {
    const member = new MemberDouble()
    member.publish(member.partition(0), ...payloads(5_000))
    const run = (): Promise<never> => new Promise(() => {})
    const { stop } = member.subscribe(new FakeClock(), { concurrency: 10_000, graceMs: 0, deadlineMs: 0, run })
    await until(() => member.commits.length > 0)
    await stop()
    assert.deepEqual(member.reads, [0])
    assert.equal(member.came, 1_000)
  })
})
