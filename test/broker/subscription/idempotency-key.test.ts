import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../../src/testing/index.ts'
import { until } from '../../worker/running.ts'
import { committed, MemberDouble, payloads } from './member-double.ts'

describe('a subscription', () => {
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
    assert.deepEqual(keys, ['broker:t:2:0:g', 'broker:t:2:0:g'])
    await stop()
  })

  it('gives records of two groups other keys, whatever the names of their topics and groups are', async () => {
    const keys = new Set<string>()
    const begin = (topic: string, partition: number, group: string): Promise<void> => {
      const member = new MemberDouble()
      member.publish(member.partition(partition, topic), ...payloads(4))
      const stopping = new AbortController()
      return member.subscribe(new FakeClock(), {
        group,
        signal: stopping.signal,
        run: (payload, { idempotencyKey }) => {
          keys.add(idempotencyKey)
          if (payload === 3) stopping.abort()
        },
      }).ended
    }
    await Promise.all([begin('a', 1, '3-g'), begin('a-1', 2, 'g')])
    assert.equal(keys.size, 8)
  })
})
