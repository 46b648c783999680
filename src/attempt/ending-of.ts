import type { DeadReason, Ending, LastEnding, Tries } from '../core/ending.ts'
import { errorText } from '../core/error-text.ts'
import {
  MAX_RETRY_AFTER_MS,
  PayloadError,
  PermanentError,
  RetryAfter,
  thrownIs,
  UnknownError,
  UpstreamError,
} from '../core/errors.ts'
import { retryDelayMs } from '../core/retry.ts'
import type { ResolvedTask } from './resolved-task.ts'

/** A snooze past this one spends an attempt, so that no job is snoozed for ever. */
export const MAX_SNOOZES = 1_000
/** A failure of the upstream past this one spends an attempt, so that no job keeps closing it for ever. */
export const MAX_CLOSINGS = 10

/** What an attempt was doing when it ended: asking `reconcile`, checking the payload by its schema, or in `run`. */
export type Phase = 'reconcile' | 'payload' | 'run'

/** Why an attempt ended without a result. */
export type Cause = 'threw' | 'timed_out' | 'stopped'

export interface Unfinished {
  readonly task: ResolvedTask
  readonly tries: Tries
  readonly phase: Phase
  readonly cause: Cause
  readonly error: unknown
  /** Whether it was the task's upstream that failed, and is down. */
  readonly isUpstreamDown: boolean
  /** When the attempt began, and now, in milliseconds since 1970. */
  readonly beganAt: number
  readonly now: number
  readonly random: () => number
}

/** Whether it counts even of a handler that was told to stop. */
export const saysHowItEnded = (error: unknown): boolean =>
  thrownIs(error, PermanentError) || thrownIs(error, RetryAfter)

/** How an attempt without a result ends. */
export function endingOf(unfinished: Unfinished): Ending {
  const { error, phase, cause } = unfinished
  if (cause === 'threw') {
    if (phase === 'payload' && thrownIs(error, PayloadError)) return dead(unfinished, 'payload_refused')
    if (thrownIs(error, PermanentError)) return permanent(unfinished)
    if (thrownIs(error, UpstreamError) && phase !== 'payload') return upstreamFailed(unfinished, error)
    if (thrownIs(error, RetryAfter) && unfinished.tries.snoozes < MAX_SNOOZES) return snoozed(unfinished, error)
  }
  switch (phase) {
    case 'reconcile':
      return cause === 'stopped' ? unknown(unfinished, unfinished.now, unfinished.tries) : askedInVain(unfinished)
    case 'payload':
      return cause === 'stopped' ? again('snoozed', unfinished, unfinished.now, unfinished.tries) : failed(unfinished)
    case 'run':
      if (cause === 'threw' && !thrownIs(error, UnknownError)) return failed(unfinished)
      return outcomeUnknown(unfinished)
    default:
      return phase satisfies never
  }
}

/** Where the upstream is closed it holds its jobs itself: this one is due at once, behind those that waited before it. */
function upstreamFailed(unfinished: Unfinished, { retryAfterMs = 0 }: UpstreamError): Ending {
  const { tries, now, phase, isUpstreamDown } = unfinished
  if (retryAfterMs > 0 && tries.snoozes < MAX_SNOOZES) {
    const at = isUpstreamDown ? now : now + retryAfterMs
    return notRun(unfinished, at, { ...tries, snoozes: tries.snoozes + 1 })
  }
  if (isUpstreamDown && tries.closings < MAX_CLOSINGS) {
    return notRun(unfinished, now, { ...tries, closings: tries.closings + 1 })
  }
  const ending = phase === 'reconcile' ? askedInVain(unfinished) : failed(unfinished)
  return ending.kind === 'dead' || ending.kind === 'done'
    ? ending
    : { ...ending, at: Math.max(ending.at, now + retryAfterMs) }
}

/** A `run` that says so has spent its attempt. */
function permanent(unfinished: Unfinished): Ending {
  const { tries, phase } = unfinished
  if (phase !== 'run') return dead(unfinished, 'permanent')
  return dead(
    { ...unfinished, tries: { ...tries, attempts: tries.attempts + 1, unknownSince: undefined } },
    'permanent',
  )
}

function failed(unfinished: Unfinished): Ending {
  const { tries, task, now, random, phase } = unfinished
  const attempts = tries.attempts + 1
  const unknownSince = phase === 'payload' ? tries.unknownSince : undefined
  const spent = { ...tries, attempts, unknownSince }
  if (attempts >= task.retry.attempts) return dead({ ...unfinished, tries: spent }, 'attempts_used_up')
  return again('retry', unfinished, now + retryDelayMs(attempts, task.retry, random), spent)
}

/** A stop spends no attempt. A time-out and an UnknownError do, or a handler that always hangs would run for ever. */
function outcomeUnknown(unfinished: Unfinished): Ending {
  const { tries, task, now, random, beganAt, cause } = unfinished
  const attempts = cause === 'stopped' ? tries.attempts : tries.attempts + 1
  const since = { ...tries, attempts, asks: 0, unknownSince: beganAt }
  if (cause === 'stopped' || task.definition.reconcile !== undefined) return unknown(unfinished, now, since)
  if (attempts >= task.retry.attempts) return dead({ ...unfinished, tries: since }, 'attempts_used_up')
  return unknown(unfinished, now + retryDelayMs(attempts, task.retry, random), since)
}

function askedInVain(unfinished: Unfinished): Ending {
  const { tries, task, now, random } = unfinished
  const asked = { ...tries, asks: tries.asks + 1 }
  if (asked.asks >= task.retry.attempts) return dead({ ...unfinished, tries: asked }, 'reconcile_failed')
  return unknown(unfinished, now + retryDelayMs(asked.asks, task.retry, random), asked)
}

function snoozed(unfinished: Unfinished, { when }: RetryAfter): Ending {
  const { tries, now } = unfinished
  const asked = typeof when === 'number' ? now + when : when.getTime()
  if (!Number.isFinite(asked)) return failed(unfinished)
  const at = Math.max(now, Math.min(asked, now + MAX_RETRY_AFTER_MS))
  return notRun(unfinished, at, { ...tries, snoozes: tries.snoozes + 1 })
}

/** As if it had not been tried: what was unknown before stays so. */
const notRun = (unfinished: Unfinished, at: number, tries: Tries): Ending =>
  again(unfinished.phase === 'reconcile' ? 'unknown' : 'snoozed', unfinished, at, tries)

const unknown = (unfinished: Unfinished, at: number, tries: Tries): Ending => again('unknown', unfinished, at, tries)

function again(kind: LastEnding['kind'], { error }: Unfinished, at: number, tries: Tries): Ending {
  return { kind, at, tries: { ...tries, last: { kind, error: errorText(error) } } }
}

function dead({ tries, error }: Unfinished, reason: DeadReason): Ending {
  return { kind: 'dead', reason, error: errorText(error), tries }
}
