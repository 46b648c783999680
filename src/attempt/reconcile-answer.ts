import type { Ending, Tries } from '../core/ending.ts'
import type { ResolvedTask } from './resolved-task.ts'

interface Asked {
  readonly task: ResolvedTask
  readonly tries: Tries
  /** When the attempt began that was asked about. */
  readonly unknownSince: number
  readonly askedAt: number
  readonly now: number
}

/** What is known of the job once `reconcile` has said no for good. */
export const notTaken = (tries: Tries): Tries => ({ ...tries, unknownSince: undefined, asks: 0 })

/** How the attempt ends by what `reconcile` answered; undefined: it did not take effect, so the job has to run again. */
export function endingOfAnswer(
  answer: unknown,
  { task, tries, unknownSince, askedAt, now }: Asked,
): Ending | undefined {
  if (answer === true) return { kind: 'done', result: undefined }
  if (answer !== false) throw new TypeError(`reconcile must answer true or false, got ${String(answer)}`)
  const settlesAt = unknownSince + task.settlesWithinMs
  if (askedAt < settlesAt) return { kind: 'unknown', at: settlesAt, tries }
  const known = notTaken(tries)
  if (tries.attempts >= task.retry.attempts) {
    return { kind: 'dead', reason: 'attempts_used_up', error: tries.last?.error ?? '', tries: known }
  }
  // To run now would be a second call, and only one was counted.
  return task.upstream?.rate !== undefined ? { kind: 'snoozed', at: now, tries: known } : undefined
}
