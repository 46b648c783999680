import { type Clock, systemClock, systemRandom } from '../core/clock.ts'
import { errorText } from '../core/error-text.ts'
import { type UpstreamError, WillcallError } from '../core/errors.ts'
import { events } from '../core/events.ts'
import { wholeNumber } from '../core/option.ts'
import type { TaskUpstream, UpstreamCall, UpstreamRate } from '../core/upstream.ts'
import { Health } from './health.ts'
import { Rate } from './rate.ts'

/** Longest name, in UTF-16 code units. */
const MAX_NAME = 200
/** Most calls that are counted over time. */
const MAX_LIMIT = 1_000_000
/** Longest interval that calls are counted over, in milliseconds: 24 h. */
const MAX_INTERVAL_MS = 86_400_000
/** Longest `maxClosedMs`, in milliseconds: 24 h. */
const MAX_CLOSED_MS = 86_400_000

export interface UpstreamOptions {
  /**
   * How many calls may be under way at once, of all tasks and workers of one process together: several processes have as many each.
   * Default: as many as they take.
   */
  readonly concurrency?: number
  /**
   * How many calls may reach it within any `intervalMs`, at most 1,000,000; an attempt is one call. A call counts until `intervalMs`
   * after its end, or after a quarter of it (1 s at most) where it takes longer than that. With a store on disk the jobs of all
   * processes on the file are counted together. Default: any number.
   */
  readonly limit?: number
  /** What `limit` is counted over, at most 24 h. Default 1,000. */
  readonly intervalMs?: number
  /** So many failures in a row close it. Default 5. */
  readonly failuresToClose?: number
  /** The longest that it stays closed by its own count, before it is tried again. Default 300,000 (5 min). */
  readonly maxClosedMs?: number
  readonly clock?: Clock
  /** Uniform in [0, 1); spreads the times for which it is closed. Default: Math.random. */
  readonly random?: () => number
}

/**
 * One third-party API, for all the tasks and workers of this process that call it: how much it takes, and whether it is well.
 * While workers with a store on disk run, it is that for every process on the file that names it so, and is kept over restarts.
 *
 * It closes when `failuresToClose` calls in a row have failed, until the time that an answer's `Retry-After` says, or by hand. While
 * it is closed none of its jobs is taken up, and no attempt is spent. Then one job at a time is tried; once one is answered it
 * opens step by step: 2 at a time, 4, 8 and so on.
 *
 * Only `UpstreamError`s count as failures, and what `upstreamHooks` and `upstreamFetch` report: a bad payload closes nothing.
 */
export class Upstream implements TaskUpstream {
  readonly name: string
  readonly #concurrency: number
  readonly #clock: Clock
  readonly #health: Health
  readonly #rate: Rate | undefined
  #underWay = 0
  #closedBecause = ''
  #turns = 0
  #listeners: readonly (() => void)[] = []

  constructor(name: string, options: UpstreamOptions = {}) {
    const { concurrency = Number.POSITIVE_INFINITY, limit, intervalMs, clock = systemClock } = options
    const { failuresToClose = 5, maxClosedMs = 300_000, random = systemRandom } = options
    this.name = checkedName(name)
    if (options.concurrency !== undefined) wholeNumber('concurrency', concurrency, 1)
    this.#concurrency = concurrency
    this.#clock = clock
    this.#rate = rateOf(limit, intervalMs)
    this.#health = new Health({
      concurrency,
      failuresToClose: wholeNumber('failuresToClose', failuresToClose, 1),
      maxClosedMs: wholeNumber('maxClosedMs', maxClosedMs, 1, MAX_CLOSED_MS),
      random,
    })
  }

  /** Whether it was closed, and no call was answered since. */
  get isDown(): boolean {
    return this.#health.isDown
  }

  /** Until when none of its jobs is taken up; undefined where it is open, or may be tried. */
  get closedUntil(): Date | undefined {
    const elapsed = this.#clock.elapsed()
    if (!this.#health.isClosed(elapsed)) return undefined
    return dateOf(this.#clock.now() + this.#health.closedUntil - elapsed)
  }

  /** Why it was closed last; empty where it never was. */
  get closedBecause(): string {
    return this.#closedBecause
  }

  /**
   * Closes it by hand: none of its jobs is taken up before `until`, unless `open` is called. A longer closing stands. Other
   * processes on the same file are closed for 24 h at most.
   */
  close(until: Date, why = 'by hand'): void {
    const ms = until.getTime()
    if (Number.isNaN(ms)) {
      throw new WillcallError('invalid_option', 'until must be a valid Date, got an invalid one', { given: until })
    }
    if (this.#closeUntil(ms)) this.#closedHere(why)
  }

  /** Opens it by hand, fully and at once. Calls that fail close it again. */
  open(): void {
    if (this.#health.open()) this.#openedHere('by hand')
  }

  /** Says that a call was answered as it should, or was at fault itself. `upstreamHooks` and `upstreamFetch` do, and a job that is done. */
  answered(): void {
    if (this.#health.answered(this.#clock.elapsed())) this.#openedHere('a call was answered')
  }

  /** Says that a call failed, and why. `upstreamHooks` and `upstreamFetch` do, and an `UpstreamError` that a handler throws. */
  failed(error: UpstreamError): void {
    if (this.#health.failed(this.#clock.elapsed(), error.retryAfterMs)) this.#closedHere(errorText(error))
  }

  get turns(): number {
    return this.#turns
  }

  heardClosed(until: Date, why: string): void {
    if (this.#closeUntil(until.getTime())) this.#closed(why)
  }

  heardOpened(): void {
    if (this.#health.reopen()) this.#opened('another process found it well')
  }

  #closeUntil(ms: number): boolean {
    const elapsed = this.#clock.elapsed()
    return this.#health.close(elapsed, elapsed + ms - this.#clock.now())
  }

  #closedHere(why: string): void {
    this.#turns += 1
    this.#closed(why)
  }

  #openedHere(why: string): void {
    this.#turns += 1
    this.#opened(why)
  }

  #closed(why: string): void {
    this.#closedBecause = why
    const until = this.closedUntil
    if (until !== undefined) events['upstream.closed'].publish({ upstream: this.name, why, until })
    this.#tell()
  }

  #opened(why: string): void {
    events['upstream.opened'].publish({ upstream: this.name, why })
    this.#tell()
  }

  get rate(): UpstreamRate | undefined {
    return this.#rate
  }

  free(): number {
    const elapsed = this.#clock.elapsed()
    const places = Math.min(this.#concurrency - this.#underWay, this.#health.free(elapsed))
    return Math.max(0, Math.min(places, this.#rate?.free(elapsed) ?? places))
  }

  freeInMs(): number | undefined {
    const elapsed = this.#clock.elapsed()
    const at = this.#health.isClosed(elapsed) ? this.#health.closedUntil : this.#rate?.freeAt(elapsed)
    return at === undefined ? undefined : Math.max(0, at - elapsed)
  }

  begin(): UpstreamCall | undefined {
    if (this.free() === 0) return undefined
    const counted = this.#rate?.begin(this.#clock.elapsed())
    const closings = this.#health.begin()
    let underWay = true
    this.#underWay += 1
    return {
      end: () => {
        if (!underWay) return
        underWay = false
        const wasFull = this.free() === 0
        const elapsed = this.#clock.elapsed()
        counted?.(elapsed)
        this.#underWay -= 1
        if (this.#health.ended(elapsed, closings)) this.#closedHere('the call that tried it brought no answer')
        else if (wasFull) this.#tell()
      },
    }
  }

  onRoom(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function checkedName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME) return name
  throw new WillcallError(
    'invalid_option',
    `the name of an upstream must be a text of 1 to ${MAX_NAME} characters, got ${String(name).slice(0, MAX_NAME)}`,
    { given: name },
  )
}

function rateOf(limit: number | undefined, intervalMs: number | undefined): Rate | undefined {
  if (limit === undefined) {
    if (intervalMs === undefined) return undefined
    throw new WillcallError('invalid_option', `intervalMs needs a limit, got ${intervalMs} without one`, {
      given: intervalMs,
    })
  }
  return new Rate(
    wholeNumber('limit', limit, 1, MAX_LIMIT),
    wholeNumber('intervalMs', intervalMs ?? 1_000, 1, MAX_INTERVAL_MS),
  )
}

/** Later than any Date is the last Date. */
const MAX_DATE_MS = 8.64e15
const dateOf = (ms: number): Date => new Date(Math.min(ms, MAX_DATE_MS))
