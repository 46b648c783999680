import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Cause, MAX_CLOSINGS, MAX_SNOOZES, type Phase } from '../../src/attempt/ending-of.ts'
import { MAX_RETRY_AFTER_MS, RetryAfter, UpstreamError } from '../../src/core/errors.ts'
import { ATTEMPTS, before, end, errors, type Kind, NOW, told } from './ends.ts'

/** How each combination ends; `otherwise` is for the errors that are not named. A pair: with a reconcile, and without. */
type Row = readonly [
  phase: Phase,
  cause: Cause,
  endings: Partial<Record<Kind | 'otherwise', string | readonly [string, string]>>,
]

const KEPT = 'unknown: an earlier one'
const permanent = `dead, permanent; ${KEPT}`
const unknownNow = [
  'unknown in 0 ms; attempts 2 > 3, asks 1 > 0, unknown: this one',
  'unknown in 2000 ms; attempts 2 > 3, asks 1 > 0, unknown: this one',
] as const

const table: readonly Row[] = [
  [
    'run',
    'threw',
    {
      'an UnknownError': unknownNow,
      'a RetryAfter': `snoozed in 700 ms; snoozes 3 > 4, ${KEPT}`,
      'a PermanentError': 'dead, permanent; attempts 2 > 3, unknown: none',
      otherwise: 'retry in 2000 ms; attempts 2 > 3, unknown: none',
    },
  ],
  ['run', 'timed_out', { otherwise: unknownNow }],
  ['run', 'stopped', { otherwise: 'unknown in 0 ms; asks 1 > 0, unknown: this one' }],
  [
    'payload',
    'threw',
    {
      'a PayloadError': `dead, payload_refused; ${KEPT}`,
      'a RetryAfter': `snoozed in 700 ms; snoozes 3 > 4, ${KEPT}`,
      'a PermanentError': permanent,
      otherwise: `retry in 2000 ms; attempts 2 > 3, ${KEPT}`,
    },
  ],
  ['payload', 'timed_out', { otherwise: `retry in 2000 ms; attempts 2 > 3, ${KEPT}` }],
  ['payload', 'stopped', { otherwise: `snoozed in 0 ms; ${KEPT}` }],
  [
    'reconcile',
    'threw',
    {
      'a RetryAfter': `unknown in 700 ms; snoozes 3 > 4, ${KEPT}`,
      'a PermanentError': permanent,
      otherwise: `unknown in 1000 ms; asks 1 > 2, ${KEPT}`,
    },
  ],
  ['reconcile', 'timed_out', { otherwise: `unknown in 1000 ms; asks 1 > 2, ${KEPT}` }],
  ['reconcile', 'stopped', { otherwise: `unknown in 0 ms; ${KEPT}` }],
]

const kindOf = (text: string): string => text.split(/ in |;/)[0] ?? ''
const CAUSES = { threw: 'throws', timed_out: 'runs out of time with', stopped: 'is stopped with' }

describe('an attempt without a result', () => {
  for (const [phase, cause, endings] of table) {
    for (const [kind, error] of Object.entries(errors) as [Kind, unknown][]) {
      const expected = endings[kind] ?? endings.otherwise ?? 'there is a hole in the table'
      const [withReconcile, without] = typeof expected === 'string' ? [expected, expected] : expected
      it(`ends as ${kindOf(withReconcile)} where ${phase} ${CAUSES[cause]} ${kind}`, () => {
        assert.equal(told(end({ phase, cause, error })), withReconcile)
        if (phase !== 'reconcile') assert.equal(told(end({ phase, cause, error, reconcile: false })), without)
      })
    }
  }

  it('remembers what went wrong, for the next attempt and for the dead', () => {
    for (const cause of ['threw', 'timed_out', 'stopped'] as const) {
      const ending = end({ phase: 'run', cause, error: new Error('it failed') })
      assert.ok(ending.kind === 'retry' || ending.kind === 'unknown')
      assert.deepEqual(ending.tries.last, { kind: ending.kind, error: 'Error: it failed' })
    }
    const dead = end({ phase: 'run', cause: 'threw', error: errors['a PermanentError'] })
    assert.ok(dead.kind === 'dead')
    assert.equal(dead.error, 'PermanentError: no such ticket')
  })

  it('changes no tries, but replaces them', () => {
    const tries = Object.freeze({ ...before })
    for (const phase of ['run', 'payload', 'reconcile'] as const) end({ phase, cause: 'threw', error: 'x', tries })
  })
})

describe('the last attempt', () => {
  const tries = { attempts: ATTEMPTS - 1, asks: ATTEMPTS - 1 }
  for (const [phase, cause, error, reconcile, expected] of [
    ['run', 'threw', 'an Error', true, 'dead, attempts_used_up; attempts 2 > 5, asks 1 > 4, unknown: none'],
    ['run', 'timed_out', 'an Error', false, 'dead, attempts_used_up; attempts 2 > 5, asks 1 > 0, unknown: this one'],
    ['run', 'threw', 'an UnknownError', false, 'dead, attempts_used_up; attempts 2 > 5, asks 1 > 0, unknown: this one'],
    ['run', 'timed_out', 'an Error', true, 'unknown in 0 ms; attempts 2 > 5, asks 1 > 0, unknown: this one'],
    ['run', 'stopped', 'an Error', false, 'unknown in 0 ms; attempts 2 > 4, asks 1 > 0, unknown: this one'],
    ['payload', 'threw', 'an Error', true, `dead, attempts_used_up; attempts 2 > 5, asks 1 > 4, ${KEPT}`],
    ['payload', 'stopped', 'an Error', true, `snoozed in 0 ms; attempts 2 > 4, asks 1 > 4, ${KEPT}`],
    ['reconcile', 'threw', 'an Error', true, `dead, reconcile_failed; attempts 2 > 4, asks 1 > 5, ${KEPT}`],
    ['reconcile', 'timed_out', 'an Error', true, `dead, reconcile_failed; attempts 2 > 4, asks 1 > 5, ${KEPT}`],
    ['reconcile', 'stopped', 'an Error', true, `unknown in 0 ms; attempts 2 > 4, asks 1 > 4, ${KEPT}`],
  ] as const) {
    const having = reconcile ? 'with' : 'without'
    it(`of a task ${having} a reconcile ends as ${kindOf(expected)} where ${phase} ${CAUSES[cause]} ${error}`, () => {
      assert.equal(told(end({ phase, cause, error: errors[error], reconcile, tries })), expected)
    })
  }
})

function waitMs(when: number | Date): number {
  const ending = end({ phase: 'run', cause: 'threw', error: new RetryAfter(when) })
  return 'at' in ending ? ending.at - NOW : assert.fail(ending.kind)
}

describe('a RetryAfter', () => {
  it('is a time from now, or a date', () => {
    assert.equal(waitMs(0), 0)
    assert.equal(waitMs(90_000), 90_000)
    assert.equal(waitMs(new Date(NOW + 90_000)), 90_000)
  })

  it('that is over is now', () => {
    assert.equal(waitMs(new Date(NOW - 1)), 0)
  })

  it('is granted 24 h at most', () => {
    assert.equal(waitMs(MAX_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS)
    assert.equal(waitMs(MAX_RETRY_AFTER_MS + 1), MAX_RETRY_AFTER_MS)
    assert.equal(waitMs(Number.MAX_VALUE), MAX_RETRY_AFTER_MS)
    assert.equal(waitMs(new Date(8.64e15)), MAX_RETRY_AFTER_MS)
  })

  it(`past the first ${MAX_SNOOZES} is a failure like any other, in each phase`, () => {
    const error = new RetryAfter(700)
    for (const [phase, granted, refused] of [
      ['run', 'snoozed', 'retry'],
      ['payload', 'snoozed', 'retry'],
      ['reconcile', 'unknown', 'unknown'],
    ] as const) {
      assert.equal(end({ phase, cause: 'threw', error, tries: { snoozes: MAX_SNOOZES - 1 } }).kind, granted)
      assert.equal(end({ phase, cause: 'threw', error, tries: { snoozes: MAX_SNOOZES } }).kind, refused)
    }
    const asked = end({ phase: 'reconcile', cause: 'threw', error, tries: { snoozes: MAX_SNOOZES } })
    assert.ok(asked.kind === 'unknown' && asked.tries.asks === before.asks + 1)
  })
})

describe('an UpstreamError', () => {
  const down = { cause: 'threw', isUpstreamDown: true } as const
  const error = errors['an UpstreamError']

  it('spends no attempt where its upstream is closed: the job is due at once, and what was unknown stays so', () => {
    assert.equal(told(end({ ...down, phase: 'run', error })), `snoozed in 0 ms; closings 2 > 3, ${KEPT}`)
    assert.equal(told(end({ ...down, phase: 'reconcile', error })), `unknown in 0 ms; closings 2 > 3, ${KEPT}`)
  })

  it(`past the first ${MAX_CLOSINGS} spends an attempt, unless the API has asked for a time`, () => {
    const tries = { closings: MAX_CLOSINGS }
    const run = end({ ...down, phase: 'run', error, tries })
    assert.ok(run.kind === 'retry' && run.tries.attempts === before.attempts + 1)
    const asking = new UpstreamError('503', { retryAfterMs: 100_000 })
    assert.equal(
      told(end({ ...down, phase: 'run', error: asking, tries })),
      `snoozed in 0 ms; snoozes 3 > 4, closings 2 > 10, ${KEPT}`,
    )
    const often = { ...tries, snoozes: MAX_SNOOZES }
    const later = end({ ...down, phase: 'run', error: asking, tries: often })
    assert.ok(later.kind === 'retry' && later.at === NOW + 100_000)
    const asked = end({ ...down, phase: 'reconcile', error: asking, tries: often })
    assert.ok(asked.kind === 'unknown' && asked.tries.asks === before.asks + 1 && asked.at === NOW + 100_000)
  })

  it('of an upstream that is not the task’s, or is open, waits as long as the API has asked for, up to 24 h', () => {
    for (const [retryAfterMs, waits] of [
      [700, 700],
      [MAX_RETRY_AFTER_MS + 1, MAX_RETRY_AFTER_MS],
      [Number.POSITIVE_INFINITY, MAX_RETRY_AFTER_MS],
    ] as const) {
      const asked = new UpstreamError('429', { retryAfterMs })
      assert.equal(
        told(end({ phase: 'run', cause: 'threw', error: asked })),
        `snoozed in ${waits} ms; snoozes 3 > 4, ${KEPT}`,
      )
      const often = end({ phase: 'run', cause: 'threw', error: asked, tries: { snoozes: MAX_SNOOZES } })
      assert.ok(often.kind === 'retry' && often.at >= NOW + waits)
    }
  })

  it('takes a wait of at least 0 only', () => {
    for (const retryAfterMs of [-1, Number.NaN]) {
      assert.throws(() => new UpstreamError('503', { retryAfterMs }), { code: 'invalid_option', given: retryAfterMs })
    }
  })
})
