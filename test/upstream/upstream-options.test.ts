import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Upstream } from '../../src/index.ts'
import { codeOf } from '../worker/running.ts'

describe('an upstream cannot be made with', () => {
  for (const [what, name, options] of [
    ['no name', '', {}],
    ['a name of more than 200 characters', 'x'.repeat(201), {}],
    ['a concurrency of 0', 'a', { concurrency: 0 }],
    ['a limit of 0', 'a', { limit: 0 }],
    ['a limit that is no whole number', 'a', { limit: 1.5 }],
    ['an interval without a limit', 'a', { intervalMs: 1_000 }],
    ['an interval of 0', 'a', { limit: 1, intervalMs: 0 }],
    ['failuresToClose of 0', 'a', { failuresToClose: 0 }],
    ['maxClosedMs of more than 24 h', 'a', { maxClosedMs: 86_400_001 }],
  ] as const) {
    it(what, () => {
      assert.throws(() => new Upstream(name, options), codeOf('invalid_option'))
    })
  }
})
