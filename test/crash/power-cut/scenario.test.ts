import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../src/testing/index.ts'
import { controls, scenarios } from './scenario.ts'

const of = (cuts: number, seed = 1) => scenarios(cuts, seededRandom(seed))

describe('the power cuts of one run', () => {
  it('are the same for the same seed, and others for another', () => {
    assert.deepEqual(of(30), of(30))
    assert.notDeepEqual(of(30), of(30, 2))
  })

  it('hit one process, two processes, two threads, and files that were just made', () => {
    const names = Map.groupBy(of(30), ({ name }) => name)
    assert.deepEqual(Object.fromEntries([...names].map(([name, { length }]) => [name, length])), {
      '1 process': 8,
      '2 processes': 8,
      '2 threads': 8,
      'soon after creation': 6,
    })
  })

  it('come at once where the file was just made, before a message is acknowledged or after the first, and later else', () => {
    const early = of(100).filter(({ name }) => name === 'soon after creation')
    assert.ok(early.every(({ afterMs }) => afterMs >= 0 && afterMs <= 80))
    assert.deepEqual(new Set(early.map(({ after }) => after)), new Set(['opening', 'acknowledging']))
    const late = of(100).filter((scenario) => !early.some(({ afterMs }) => afterMs === scenario.afterMs))
    assert.ok(late.every(({ after, afterMs }) => after === 'acknowledging' && afterMs >= 50 && afterMs <= 2_500))
  })

  it('ask for a disk, but for the controls', () => {
    assert.ok(of(30).every(({ durability }) => durability === 'disk'))
    assert.ok(controls(10, seededRandom(1)).every(({ durability }) => durability === 'process'))
  })
})
