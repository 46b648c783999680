import { wholeNumber } from './option.ts'

/** Longest wait that can be asked for, in milliseconds: 365 days. Far longer ones would end at no valid date. */
export const MAX_RETRY_MS = 31_536_000_000
/** The bound is not doubled past this; `minMs` of 0 times infinity would be no number. */
const MAX_DOUBLINGS = 60

export interface RetryOptions {
  /** Attempts until a job is dead. Default 25. */
  readonly attempts?: number
  /** The longest wait before the second attempt, doubled for each one after it. Default 1,000. */
  readonly minMs?: number
  /** The longest wait at all. Default 300,000 (5 min). */
  readonly maxMs?: number
}

export type RetryPolicy = Required<RetryOptions>

export const DEFAULT_RETRY: RetryPolicy = { attempts: 25, minMs: 1_000, maxMs: 300_000 }

/** Checks the options, and takes what they leave out from `inherited`. */
export function retryPolicy(name: string, options: RetryOptions | undefined, inherited: RetryPolicy): RetryPolicy {
  if (options === undefined) return inherited
  const { attempts = inherited.attempts, minMs = inherited.minMs, maxMs = Math.max(minMs, inherited.maxMs) } = options
  return {
    attempts: wholeNumber(`${name}.attempts`, attempts, 1),
    minMs: wholeNumber(`${name}.minMs`, minMs, 0, MAX_RETRY_MS),
    maxMs: wholeNumber(`${name}.maxMs`, maxMs, minMs, MAX_RETRY_MS),
  }
}

/**
 * How long to wait after a failure, in milliseconds. `failures` counts this one; `random` is uniform in [0, 1).
 * Full jitter: evenly between 0 and the doubled bound (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015).
 */
export function retryDelayMs(failures: number, { minMs, maxMs }: RetryPolicy, random: () => number): number {
  const boundMs = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS))
  return boundMs === 0 ? 0 : Math.floor(random() * (boundMs + 1))
}
