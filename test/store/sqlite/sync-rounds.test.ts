import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SyncRounds } from '../../../src/store/sqlite/file/sync/sync-rounds.ts'
import { gate } from '../../worker/running.ts'

function gatedRounds() {
  const gates: ReturnType<typeof gate>[] = []
  const rounds = new SyncRounds(async () => {
    const round = gates.push(gate())
    await gates.at(-1)?.opened
    if (round === 2) throw new Error('the second failed')
    return round
  })
  return { gates, rounds }
}

describe('rounds', () => {
  it('begin one after the other, and whoever comes during one shares the next', async () => {
    const { gates, rounds } = gatedRounds()
    const first = rounds.next()
    const others = [rounds.next(), rounds.next()]
    assert.equal(gates.length, 1)
    gates[0]?.open()
    assert.equal(await first, 1)
    assert.equal(others[0], others[1])
    gates[1]?.open()
    await assert.rejects(Promise.all(others), /the second failed/)
  })

  it('go on after one that failed', async () => {
    const { gates, rounds } = gatedRounds()
    const first = rounds.next()
    const second = rounds.next()
    gates[0]?.open()
    await first
    const third = rounds.next()
    gates[1]?.open()
    await assert.rejects(second, /the second failed/)
    gates[2]?.open()
    assert.equal(await third, 3)
  })

  it('have ended when those that were asked for have, whether or not they failed', async () => {
    const { gates, rounds } = gatedRounds()
    await rounds.ended()
    const ends: string[] = []
    const first = rounds.next()
    const second = rounds.next().catch(() => ends.push('second'))
    const ended = rounds.ended().then(() => ends.push('all'))
    assert.equal(rounds.isRunning, true)
    gates[0]?.open()
    await first
    gates[1]?.open()
    await Promise.all([second, ended])
    assert.deepEqual([ends, rounds.isRunning], [['second', 'all'], false])
  })
})
