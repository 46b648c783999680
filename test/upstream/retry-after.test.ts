import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_RETRY_AFTER_MS } from '../../src/core/errors.ts'
import { retryAfterMs } from '../../src/upstream/call/retry-after.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const asked = (retryAfter: string, date?: string): number | undefined =>
  retryAfterMs(new Headers({ 'retry-after': retryAfter, ...(date !== undefined && { date }) }), NOW)

describe('Retry-After', () => {
  for (const [what, value, ms] of [
    ['seconds', '120', 120_000],
    ['no time at all', '0', 0],
    ['seconds with spaces around them', ' 7 ', 7_000],
    ['leading zeros', '007', 7_000],
    ['24 h', '86400', MAX_RETRY_AFTER_MS],
    ['more than 24 h, which is cut', '86401', MAX_RETRY_AFTER_MS],
    ['more than any number, which is cut', '9'.repeat(400), MAX_RETRY_AFTER_MS],
    ['a date', 'Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
    ['a date as RFC 850 wrote it', 'Thursday, 01-Jan-26 00:01:30 GMT', 90_000],
    ['a date as asctime writes it, which is in GMT', 'Thu Jan  1 00:01:30 2026', 90_000],
    ['a date as asctime writes it, later in the month', 'Thu Jan 01 00:01:30 2026', 90_000],
    ['a date in more than 24 h, which is cut', 'Fri, 01 Jan 2027 00:00:00 GMT', MAX_RETRY_AFTER_MS],
    ['a date that has passed', 'Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['a date of the last century', 'Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ] as const) {
    it(`takes ${what}`, () => {
      assert.equal(asked(value), ms)
    })
  }

  for (const value of [
    '',
    'soon',
    'soon 5',
    '-5',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '5 s',
    '5, 10',
    '٣',
    'Infinity',
    'NaN',
    '2026-01-01T00:01:30Z',
    '1767225690000 ms',
    'Thu, 01 Jan 2026 00:01:30',
    'Thu, 01 Jan 2026 00:01:30 +0100',
    'Thu, 01 Foo 2026 00:01:30 GMT',
    'Thu, 99 Jan 2026 00:01:30 GMT',
    'Thu, 01 Jan 2026 99:01:30 GMT',
    'Thu, 1 Jan 2026 00:01:30 GMT',
    'retry at Thu, 01 Jan 2026 00:01:30 GMT',
  ]) {
    it(`takes ${JSON.stringify(value)} as if it were not there`, () => {
      assert.equal(retryAfterMs({ get: (name) => (name === 'retry-after' ? value : null) }, NOW), undefined)
    })
  }

  it('may be missing', () => {
    assert.equal(retryAfterMs(new Headers(), NOW), undefined)
  })

  it("is taken against the answer's own Date: clocks need not agree", () => {
    assert.equal(asked('Sun, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:07 GMT'), 30_000)
    assert.equal(asked('Sun, 06 Nov 2094 08:49:37 GMT', 'Sun, 06 Nov 2094 08:49:07 GMT'), 30_000)
  })

  it('is taken against the clock here where the Date cannot be read', () => {
    assert.equal(asked('Thu, 01 Jan 2026 00:01:30 GMT', 'yesterday 3'), 90_000)
  })

  it('in seconds has nothing to do with the Date', () => {
    assert.equal(asked('5', 'Sun, 06 Nov 1994 08:49:37 GMT'), 5_000)
  })
})
