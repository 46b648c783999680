import { type Clock, systemClock } from '../../../src/index.ts'
import { httpDate } from './http-date.ts'
import { milliseconds, rate } from './option.ts'

/** Ten times 0.1 is not 1. */
const MAX_ROUNDING = 1e-9

/** What is answered to a call: a status and a JSON body. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A call whose body has arrived, for a failure to play with. */
export interface Call {
  /** Does what the call asks for and returns the answer to it. Without it, the call has no effect. */
  readonly effect: () => Reply
  readonly answer: (reply: Reply) => void
  /** Answers after that time, unless the caller has gone by then. Alone no failure. */
  readonly answerLate: (delayMs: number, reply: Reply) => void
  /** The caller sees its connection reset. */
  readonly reset: () => void
  /** The caller waits until it gives up, or the gateway closes. */
  readonly keepSilent: () => void
  /** Makes the outage of this API longer, or begins one. */
  readonly strike: () => void
}

/** One way in which the APIs fail. */
export interface Failure {
  readonly name: string
  /** The share of all calls that fail like this, from 0 to 1. */
  readonly rate: number
  readonly play: (call: Call) => void
}

export interface FailureOptions {
  /** The share of calls that are answered with 500 before they take effect. Default: 0.3. */
  readonly failRate?: number | undefined
  /** The share of calls that are answered with 429 and `Retry-After` in seconds, without effect. Default: 0. */
  readonly limitRate?: number | undefined
  /** The share of calls that are answered with 503 and `Retry-After` as a date, without effect. Default: 0. */
  readonly unavailableRate?: number | undefined
  /** The least that a `Retry-After` asks for; it has only whole seconds. From 0 to 3,600,000. Default: 1,000. */
  readonly retryAfterMs?: number | undefined
  /** The share of calls whose connection is reset before they take effect. Default: 0. */
  readonly resetBeforeRate?: number | undefined
  /** The share of calls whose connection is reset once they have taken effect. Default: 0. */
  readonly resetAfterRate?: number | undefined
  /** The share of calls that are never answered and take no effect. Default: 0. */
  readonly silentBeforeRate?: number | undefined
  /** The share of calls that are never answered but take effect. Default: 0. */
  readonly silentAfterRate?: number | undefined
  /** The share of calls that take effect at once and are answered late. Default: 0. */
  readonly slowRate?: number | undefined
  /** How late, from 0 to 3,600,000. Default: 200. */
  readonly slowMs?: number | undefined
  /** The share of calls that begin an outage of their API. Default: 0. */
  readonly outageRate?: number | undefined
}

/** What strikes each call into an outage, and the call that begins one: 503 without `Retry-After`, and no effect. */
export const OUTAGE: Omit<Failure, 'rate'> = {
  name: 'outage',
  play: ({ strike, answer }) => {
    strike()
    answer(failed(503, 'out of service'))
  },
}

/** Every way to fail, each with its rate. A new one is a new line here and a new rate above, last: seeds stay what they were. */
export function failuresAt(options: FailureOptions = {}, clock: Pick<Clock, 'now'> = systemClock): readonly Failure[] {
  const { failRate = 0.3, limitRate = 0, unavailableRate = 0, resetBeforeRate = 0, resetAfterRate = 0 } = options
  const { silentBeforeRate = 0, silentAfterRate = 0, slowRate = 0, outageRate = 0 } = options
  const retryAfterMs = milliseconds('retryAfterMs', options.retryAfterMs ?? 1_000)
  const slowMs = milliseconds('slowMs', options.slowMs ?? 200)
  const limited = (): Reply => failed(429, 'too many calls', String(Math.ceil(retryAfterMs / 1_000)))
  const unavailable = (): Reply => failed(503, 'unavailable', secondAfter(clock.now() + retryAfterMs))
  return checked([
    { name: 'status 500', rate: failRate, play: ({ answer }) => answer(failed(500, 'internal error')) },
    { name: 'status 429', rate: limitRate, play: ({ answer }) => answer(limited()) },
    { name: 'status 503', rate: unavailableRate, play: ({ answer }) => answer(unavailable()) },
    { name: 'reset before', rate: resetBeforeRate, play: ({ reset }) => reset() },
    { name: 'reset after', rate: resetAfterRate, play: ({ effect, reset }) => (effect(), reset()) },
    { name: 'silence before', rate: silentBeforeRate, play: ({ keepSilent }) => keepSilent() },
    { name: 'silence after', rate: silentAfterRate, play: ({ effect, keepSilent }) => (effect(), keepSilent()) },
    { name: 'slow', rate: slowRate, play: ({ effect, answerLate }) => answerLate(slowMs, effect()) },
    { ...OUTAGE, rate: outageRate },
  ])
}

/** The failure of one call, or none. Takes one number from `random` whatever comes of it. */
export function drawFailure(failures: readonly Failure[], random: () => number): Failure | undefined {
  let rest = random()
  return failures.find((failure) => {
    rest -= failure.rate
    return rest < 0
  })
}

function failed(status: number, error: string, retryAfter?: string): Reply {
  return { status, body: { error }, ...(retryAfter !== undefined && { headers: { 'Retry-After': retryAfter } }) }
}

/** The first second that an HTTP date can name and that is not before `at`. */
function secondAfter(at: number): string {
  return httpDate(Math.ceil(at / 1_000) * 1_000)
}

function checked(failures: readonly Failure[]): readonly Failure[] {
  const sum = failures.reduce((total, failure) => total + rate(failure.name, failure.rate), 0)
  if (sum > 1 + MAX_ROUNDING) throw new RangeError(`the rates of all failures together must be at most 1, got ${sum}`)
  return failures
}
