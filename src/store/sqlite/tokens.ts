import type { Clock, Moment } from '../../core/clock.ts'
import type { UpstreamRate } from '../../core/upstream.ts'
import type { Session } from './session.ts'

/** Calls that one claim deletes since they are over, or that it brings nearer. */
const MAX_TIDIED = 1_000
/** `now` is a whole millisecond, maybe of the one before. */
const ROUNDED_MS = 1
/** What lies further in the future than calls can be, and by so much more, was written before the clock was set back. */
const CLOCK_SLACK_MS = 1_000

/** What an upstream takes over time, as a claim asks for it. */
export interface Rated {
  readonly upstream: string
  readonly rate: UpstreamRate
}

/** The call that a claimed job is. */
export interface Token extends Rated {
  readonly id: number
  /** By the clock of who claims, in milliseconds of `clock.elapsed()`: one that begins later may arrive later than it was counted for. */
  beginBy: number
}

/** What the time is, by who said what it was: other processes, or the disk, may have been waited for since. */
export function momentsFrom(now: number, clock: Clock): () => Moment {
  const asked = clock.elapsed()
  return () => {
    const elapsed = clock.elapsed()
    return { now: now + Math.floor(elapsed - asked), elapsed }
  }
}

/**
 * The calls to one upstream that count, of all processes on the file. Within a transaction.
 * 1. Never more than `limit`, but where another process has a higher one. 2. A call counts until `intervalMs` after the latest moment at
 * which it may arrive: `transitMs` after its claim, or its end where that is sooner. 3. How many there are is kept, never counted.
 */
export class Tokens {
  readonly #session: Session
  readonly #rated: Rated
  readonly #at: Moment
  readonly #upstream: number
  readonly #countBefore: number
  #count: number

  constructor(session: Session, rated: Rated, at: Moment) {
    const { statements } = session
    this.#session = session
    this.#rated = rated
    this.#at = at
    const [id, count] = (statements.upstream.get(rated.upstream) ?? statements.addUpstream.get(rated.upstream)) as [
      number,
      number,
    ]
    this.#upstream = id
    this.#countBefore = count
    const latest = untilOf(rated.rate, at)
    statements.bringNear.run(latest, id, latest + CLOCK_SLACK_MS, MAX_TIDIED)
    this.#count = count - statements.forgetCalls.run(id, at.now, MAX_TIDIED).changes
  }

  get free(): number {
    return Math.max(0, this.#rated.rate.limit - this.#count)
  }

  take(): Token {
    const { upstream, rate } = this.#rated
    this.#count += 1
    const [id] = this.#session.statements.addCall.get(this.#upstream, untilOf(rate, this.#at)) as [number]
    return { id, upstream, rate, beginBy: this.#at.elapsed + rate.transitMs }
  }

  /** When the first of those that count is over. */
  freeAt(): number {
    const [until] = this.#session.statements.firstCallUntil.get(this.#upstream) as [number | null]
    return until ?? this.#at.now + 1
  }

  keepCount(): void {
    if (this.#count !== this.#countBefore) this.#session.statements.setCalls.run(this.#count, this.#upstream)
  }
}

const untilOf = ({ intervalMs, transitMs }: UpstreamRate, { now }: Moment): number =>
  Math.ceil(now + transitMs + intervalMs + ROUNDED_MS)

/** The call has ended: answers with until when it counts at the latest. */
export function endCall({ statements }: Session, { id, rate }: Token, now: number): number {
  const until = Math.ceil(now + rate.intervalMs + ROUNDED_MS)
  statements.endCall.run(until, id)
  return until
}

/** The call was never made. */
export function giveBackCall({ statements }: Session, { id, upstream }: Token): void {
  const { changes } = statements.removeCall.run(id)
  if (changes > 0) statements.lessCalls.run(changes, upstream)
}

/** The call is about to begin only now. False where it counts no more, and others may have been let in for it. */
export function renewCall({ statements }: Session, token: Token, at: Moment): boolean {
  token.beginBy = at.elapsed + token.rate.transitMs
  return statements.renewCall.run(untilOf(token.rate, at), token.id, at.now).changes > 0
}
