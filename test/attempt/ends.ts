import { type Cause, endingOf, type Phase } from '../../src/attempt/ending-of.ts'
import { type ResolvedTask, resolveTask } from '../../src/attempt/resolved-task.ts'
import type { Ending, Tries } from '../../src/core/ending.ts'
import { PayloadError, PermanentError, RetryAfter, UnknownError, UpstreamError } from '../../src/core/errors.ts'
import { task } from '../../src/core/task.ts'

export const BEGAN = 1_000
export const NOW = 5_000
export const EARLIER = 500
export const ATTEMPTS = 5

export const before: Tries = {
  attempts: 2,
  deaths: 1,
  snoozes: 3,
  closings: 2,
  asks: 1,
  unknownSince: EARLIER,
  last: undefined,
}

export function aTask(reconcile: boolean, attempts = ATTEMPTS): ResolvedTask {
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
  readonly isUpstreamDown?: boolean
}

export const end = ({ phase, cause, error, reconcile = true, tries, isUpstreamDown = false }: Case): Ending =>
  endingOf({
    task: aTask(reconcile),
    tries: { ...before, ...tries },
    phase,
    cause,
    error,
    isUpstreamDown,
    beganAt: BEGAN,
    now: NOW,
    random: () => 0.5,
  })

/** What `tries` has more of than before, and whose outcome is unknown from now on: an earlier attempt, this one, or none. */
function spent(tries: Tries): string {
  const counted = (['attempts', 'deaths', 'snoozes', 'closings', 'asks'] as const)
    .filter((counter) => tries[counter] !== before[counter])
    .map((counter) => `${counter} ${before[counter]} > ${tries[counter]}`)
  const of = { [EARLIER]: 'an earlier one', [BEGAN]: 'this one' }[tries.unknownSince ?? -1] ?? 'none'
  return [...counted, `unknown: ${of}`].join(', ')
}

export const told = (ending: Ending): string => {
  if (ending.kind === 'done') return 'done'
  const how = ending.kind === 'dead' ? `dead, ${ending.reason}` : `${ending.kind} in ${ending.at - NOW} ms`
  return `${how}; ${spent(ending.tries)}`
}

function refusing(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

export const errors = {
  'an Error': new Error('it failed'),
  undefined,
  'a text': 'it failed',
  'an UnknownError': new UnknownError(new Error('socket hang up')),
  'a RetryAfter': new RetryAfter(700),
  'a PermanentError': new PermanentError('no such ticket'),
  'an UpstreamError': new UpstreamError('503'),
  'a PayloadError': new PayloadError('it does not fit', [], {}),
  'a Proxy that refuses to be asked': refusing(),
}
export type Kind = keyof typeof errors
