import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Cause, endingOf, MAX_CLOSINGS, MAX_SNOOZES } from '../../src/attempt/ending-of.ts'
import type { ResolvedTask } from '../../src/attempt/resolved-task.ts'
import type { Tries } from '../../src/core/ending.ts'
import { aTask, before, end, errors, type Kind } from './ends.ts'

const counter = fc.integer({ min: 0, max: 1_100 })
const anyTries = fc.record({
  attempts: fc.integer({ min: 0, max: 9 }),
  deaths: counter,
  snoozes: counter,
  closings: fc.integer({ min: 0, max: 20 }),
  asks: fc.integer({ min: 0, max: 9 }),
  unknownSince: fc.option(counter, { nil: undefined }),
  last: fc.constant(undefined),
})

/** What goes wrong: in the checking of the payload, else in reconcile where it is asked, else in run. */
const mishap = fc.record({
  payload: fc.boolean(),
  answersFalse: fc.boolean(),
  isUpstreamDown: fc.boolean(),
  cause: fc.constantFrom<Cause>('threw', 'timed_out'),
  kind: fc.constantFrom(...(Object.keys(errors) as Kind[]).filter((kind) => kind !== 'a PermanentError')),
})
type Mishap = typeof mishap extends fc.Arbitrary<infer T> ? T : never

/** The tries after it, or undefined where the job is dead. As in `Attempt`, a reconcile that answers false is over. */
function survived(
  resolved: ResolvedTask,
  start: Tries,
  { payload, answersFalse, isUpstreamDown, cause, kind }: Mishap,
): Tries | undefined {
  const asks = start.unknownSince !== undefined && resolved.definition.reconcile !== undefined && !payload
  const tries = asks && answersFalse ? { ...start, unknownSince: undefined, asks: 0 } : start
  if (asks && answersFalse && tries.attempts >= resolved.retry.attempts) return undefined
  const phase = payload ? 'payload' : asks && !answersFalse ? 'reconcile' : 'run'
  const error = errors[kind]
  const ending = endingOf({
    task: resolved,
    tries,
    phase,
    cause,
    error,
    isUpstreamDown,
    beganAt: 1,
    now: 2,
    random: () => 0,
  })
  assert.ok(ending.kind === 'dead' || ('at' in ending && ending.at >= 2))
  return 'at' in ending ? ending.tries : undefined
}

describe('attempts are bounded', () => {
  it('from any tries, finitely many failures lead to dead', () => {
    const lists = fc.array(mishap, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(anyTries, lists, fc.boolean(), fc.integer({ min: 1, max: 9 }), (start, list, reconcile, attempts) => {
        const resolved = aTask(reconcile, attempts)
        const most = MAX_SNOOZES + MAX_CLOSINGS + (attempts + 1) * (attempts + 1)
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
