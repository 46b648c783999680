import type { Clock } from '../../core/clock.ts'
import { type CallEnd, type CallOutcome, outcomeOf, type Unanswered } from './outcome.ts'
import type { CallRequest } from './request.ts'
import { type BodyReads, guardBody } from './guard-body.ts'
import type { Upstream } from '../upstream.ts'

/** What of an upstream is told how its calls end. */
export type ReportedUpstream = Pick<Upstream, 'name' | 'answered' | 'failed'>

/** A call under way: what was asked for, and what may give it up. */
export interface ReportedCall extends CallRequest {
  readonly signal?: AbortSignal | null | undefined
}

/**
 * Upstreams whose last body could not be read. Until one is read again, a good status alone does not count as an answer: else each
 * broken body would come after an answer, and none would ever be the fifth failure in a row.
 */
const withBrokenBodies = new WeakSet<ReportedUpstream>()

/** Tells an upstream how its calls end, each once, and says what that means for the job. */
export class CallReporter {
  readonly #upstream: ReportedUpstream
  readonly #clock: Clock

  constructor(upstream: ReportedUpstream, clock: Clock) {
    this.#upstream = upstream
    this.#clock = clock
  }

  /** Reports an answer by its status, before its body is read. */
  answered(call: ReportedCall, { status, headers, ok, body }: Response): void {
    if (status >= 400) this.ended(call, { kind: 'answered', status, headers })
    else if (!ok || body === null || !withBrokenBodies.has(this.#upstream)) this.#upstream.answered()
  }

  /** Reports how it ended; returns what to throw. */
  ended(call: ReportedCall, end: CallEnd): unknown {
    const { thrown, report } = this.#outcomeOf(call, end)
    if (report === 'answered') this.#upstream.answered()
    else if (report !== undefined) this.#upstream.failed(report)
    return thrown
  }

  /** What to throw, where it was reported before. */
  meaningOf(call: ReportedCall, end: CallEnd): unknown {
    return this.#outcomeOf(call, end).thrown
  }

  #outcomeOf(call: ReportedCall, end: CallEnd): CallOutcome {
    return outcomeOf(this.#upstream.name, call, end, this.#clock.now())
  }

  /** The same response; where its body cannot be read, or is no JSON where that is asked for, that is reported. */
  guarded(call: ReportedCall, response: Response): Response {
    return guardBody(response, this.readsOf(call, response))
  }

  readsOf(call: ReportedCall, { status }: Response): BodyReads {
    let isBroken = false
    const broken = (end: CallEnd): unknown => {
      if (isBroken) return this.meaningOf(call, end)
      isBroken = true
      if (end.kind === 'unreadable') withBrokenBodies.add(this.#upstream)
      return this.ended(call, end)
    }
    return {
      // What was read as text may still turn out to be no JSON.
      read: () => {
        if (withBrokenBodies.has(this.#upstream)) void this.#clock.yield().then(() => isBroken || this.#readWell())
      },
      broke: (error) => {
        const end = endByAbort(call.signal)
        return broken(end?.kind === 'given_up' ? end : { kind: 'unreadable', status, error })
      },
      wasNoJson: (text) => broken({ kind: 'unreadable', status, body: { text, isCut: false } }),
    }
  }

  #readWell(): void {
    withBrokenBodies.delete(this.#upstream)
    this.#upstream.answered()
  }
}

/** How a call ends whose signal is aborted: by its time, or by who made it. */
export function endByAbort(signal: AbortSignal | null | undefined): Unanswered | undefined {
  if (signal?.aborted !== true) return undefined
  const { reason: error } = signal as { readonly reason: unknown }
  return { kind: isTimeout(error) ? 'timed_out' : 'given_up', error }
}

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError'
