import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WillcallError } from '../../src/core/errors.ts'
import { wholeNumber } from '../../src/core/option.ts'

describe('wholeNumber', () => {
  for (const value of [1, 5, Number.MAX_SAFE_INTEGER]) {
    it(`gives back ${value}, which is at least 1`, () => {
      assert.equal(wholeNumber('capacity', value, 1), value)
    })
  }

  it('takes the least and the most', () => {
    assert.equal(wholeNumber('priority', 0, 0, 15), 0)
    assert.equal(wholeNumber('priority', 15, 0, 15), 15)
  })

  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, undefined, true, 1n, []]) {
    it(`refuses ${typeof value} ${String(value)}, and says which option and what was given`, () => {
      assert.throws(
        () => wholeNumber('capacity', value as number, 1),
        (error) => {
          assert.ok(error instanceof WillcallError)
          assert.equal(error.code, 'invalid_option')
          assert.equal(error.message, `capacity must be a whole number of at least 1, got ${String(value)}`)
          assert.equal(error.given, value)
          return true
        },
      )
    })
  }

  it('names both ends of a range', () => {
    for (const value of [-1, 16]) {
      assert.throws(() => wholeNumber('priority', value, 0, 15), {
        message: `priority must be a whole number from 0 to 15, got ${value}`,
      })
    }
  })
})
