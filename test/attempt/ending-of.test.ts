import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Cause, endingOf, MAX_SNOOZE_MS, MAX_SNOOZES, type Phase } from '../../src/attempt/ending-of.ts'
import { type ResolvedTask, resolveTask } from '../../src/attempt/resolved-task.ts'
import type { Ending, Tries } from '../../src/core/ending.ts'
import { PayloadError, PermanentError, RetryAfter, UnknownError } from '../../src/core/errors.ts'
import { task } from '../../src/core/task.ts'

const BEGAN = 1_000
const NOW = 5_000
const EARLIER = 500
const ATTEMPTS = 5

const before: Tries = { attempts: 2, deaths: 1, snoozes: 3, asks: 1, unknownSince: EARLIER, last: undefined }

function aTask(reconcile: boolean, attempts = ATTEMPTS): ResolvedTask {
  const definition = reconcile ? task({ run: () => {}, reconcile: () => true }) : () => {}
  const retry = { attempts, minMs: 1_000, maxMs: 60_000 }
  return resolveTask('a', definition, { timeoutMs: 60_000, concurrency: 1, onceForMs: 0, retry })
}

interface Case {
  readonly phase: Phase
  readonly cause: Cause
  readonly error: unknown
  readonly reconcile?: boolean
  readonly tries?: Partial<Tries>
}

const end = ({ phase, cause, error, reconcile = true, tries }: Case): Ending =>
  endingOf({
    task: aTask(reconcile),
    tries: { ...before, ...tries },
    phase,
    cause,
    error,
    beganAt: BEGAN,
    now: NOW,
    random: () => 0.5,
  })

/** What `tries` has more of than before, and whose outcome is unknown from now on: an earlier attempt, this one, or none. */
function spent(tries: Tries): string {
  const counted = (['attempts', 'deaths', 'snoozes', 'asks'] as const)
    .filter((counter) => tries[counter] !== before[counter])
    .map((counter) => `${counter} ${before[counter]} > ${tries[counter]}`)
  const of = { [EARLIER]: 'an earlier one', [BEGAN]: 'this one' }[tries.unknownSince ?? -1] ?? 'none'
  return [...counted, `unknown: ${of}`].join(', ')
}

const told = (ending: Ending): string => {
  if (ending.kind === 'done') return 'done'
  const how = ending.kind === 'dead' ? `dead, ${ending.reason}` : `${ending.kind} in ${ending.at - NOW} ms`
  return `${how}; ${spent(ending.tries)}`
}

function refusing(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const errors = {
  'an Error': new Error('it failed'),
  undefined,
  'a text': 'it failed',
  'an UnknownError': new UnknownError(new Error('socket hang up')),
  'a RetryAfter': new RetryAfter(700),
  'a PermanentError': new PermanentError('no such ticket'),
  'a PayloadError': new PayloadError('it does not fit', [], {}),
  'a Proxy that refuses to be asked': refusing(),
}
type Kind = keyof typeof errors

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
    assert.equal(waitMs(MAX_SNOOZE_MS), MAX_SNOOZE_MS)
    assert.equal(waitMs(MAX_SNOOZE_MS + 1), MAX_SNOOZE_MS)
    assert.equal(waitMs(Number.MAX_VALUE), MAX_SNOOZE_MS)
    assert.equal(waitMs(new Date(8.64e15)), MAX_SNOOZE_MS)
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

const counter = fc.integer({ min: 0, max: 1_100 })
const anyTries = fc.record({
  attempts: fc.integer({ min: 0, max: 9 }),
  deaths: counter,
  snoozes: counter,
  asks: fc.integer({ min: 0, max: 9 }),
  unknownSince: fc.option(counter, { nil: undefined }),
  last: fc.constant(undefined),
})

/** What goes wrong: in the checking of the payload, else in reconcile where it is asked, else in run. */
const mishap = fc.record({
  payload: fc.boolean(),
  answersFalse: fc.boolean(),
  cause: fc.constantFrom<Cause>('threw', 'timed_out'),
  kind: fc.constantFrom(...(Object.keys(errors) as Kind[]).filter((kind) => kind !== 'a PermanentError')),
})
type Mishap = typeof mishap extends fc.Arbitrary<infer T> ? T : never

/** The tries after it, or undefined where the job is dead. As in `Attempt`, a reconcile that answers false is over. */
function survived(
  resolved: ResolvedTask,
  start: Tries,
  { payload, answersFalse, cause, kind }: Mishap,
): Tries | undefined {
  const asks = start.unknownSince !== undefined && resolved.definition.reconcile !== undefined && !payload
  const tries = asks && answersFalse ? { ...start, unknownSince: undefined, asks: 0 } : start
  if (asks && answersFalse && tries.attempts >= resolved.retry.attempts) return undefined
  const phase = payload ? 'payload' : asks && !answersFalse ? 'reconcile' : 'run'
  const error = errors[kind]
  const ending = endingOf({ task: resolved, tries, phase, cause, error, beganAt: 1, now: 2, random: () => 0 })
  assert.ok(ending.kind === 'dead' || ('at' in ending && ending.at >= 2))
  return 'at' in ending ? ending.tries : undefined
}

describe('attempts are bounded', () => {
  it('from any tries, finitely many failures lead to dead', () => {
    const lists = fc.array(mishap, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(anyTries, lists, fc.boolean(), fc.integer({ min: 1, max: 9 }), (start, list, reconcile, attempts) => {
        const resolved = aTask(reconcile, attempts)
        const most = MAX_SNOOZES + (attempts + 1) * (attempts + 1)
        let tries: Tries | undefined = start
        for (let failures = 0; failures < most && tries !== undefined; failures += 1) {
          tries = survived(resolved, tries, list[failures % list.length] as Mishap)
        }
        assert.equal(tries, undefined)
      }),
    )
  })

  it('a job whose attempts are all stopped lives, and is tried again', () => {
    let tries: Tries = before
    for (let stops = 0; stops < 1_000; stops += 1) {
      const ending = end({ phase: 'run', cause: 'stopped', error: 'x', tries })
      tries = ending.kind === 'unknown' ? ending.tries : assert.fail(ending.kind)
    }
    assert.equal(tries.attempts, before.attempts)
  })
})
