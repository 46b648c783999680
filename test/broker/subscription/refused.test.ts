import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WillcallError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { MemberDouble } from './member-double.ts'

describe('a subscription is not begun', () => {
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
    it(`with ${what}`, async () => {
      const { ended } = new MemberDouble().subscribe(new FakeClock(), options)
      await assert.rejects(ended, (error) => error instanceof WillcallError && error.code === 'invalid_option')
    })
  }
})
