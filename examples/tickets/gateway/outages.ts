import type { Clock } from '../../../src/index.ts'
import { MAX_MS, milliseconds } from './option.ts'

/** Outages of an API that `counts()` tells of: the last ones. */
const MAX_KEPT = 100

export interface OutageOptions {
  /** How long an outage lasts where no call makes it longer. Default: 20,000. */
  readonly outageMs?: number | undefined
  /** By how much each call into an outage makes it longer. Default: 100. */
  readonly outageProlongMs?: number | undefined
}

/** How long one outage is to be. */
export interface OutageLength {
  /** How long it lasts where no call makes it longer, from 1 to 3,600,000. Default: `outageMs`. */
  readonly ms?: number | undefined
  /** By how much each call into it makes it longer, from 0 to 3,600,000. Default: `outageProlongMs`. */
  readonly prolongMs?: number | undefined
}

/** One outage, so far. */
export interface OutageCounts {
  /** The calls that it struck, with the one that began it. */
  readonly calls: number
  /** From its beginning to its end, with all by which calls made it longer. */
  readonly lengthMs: number
  /** 0 once it is over. */
  readonly restMs: number
}

interface Episode {
  readonly prolongMs: number
  readonly beganAt: number
  endsAt: number
  calls: number
}

/**
 * The outages of one API. 1. At most one is on. 2. It ends by the clock alone: nothing waits for it. 3. Each call into it moves
 * its end, but never to more than an hour from then.
 */
export class Outages {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #usual: { readonly ms: number; readonly prolongMs: number }
  #episodes: readonly Episode[] = []

  constructor(clock: Pick<Clock, 'elapsed'>, { outageMs = 20_000, outageProlongMs = 100 }: OutageOptions = {}) {
    this.#clock = clock
    this.#usual = {
      ms: milliseconds('outageMs', outageMs, 1),
      prolongMs: milliseconds('outageProlongMs', outageProlongMs),
    }
  }

  /** Whether a call now would be struck. */
  get isOn(): boolean {
    return this.#current() !== undefined
  }

  /** Begins an outage. One that is on ends with that. */
  begin(length: OutageLength = {}): OutageCounts {
    return this.#countsOf(this.#begin(length))
  }

  /** A call is struck: it makes the outage longer, or begins one. */
  strike(): void {
    const current = this.#current()
    if (current === undefined) this.#begin({}).calls += 1
    else {
      current.calls += 1
      current.endsAt = Math.min(current.endsAt + current.prolongMs, this.#clock.elapsed() + MAX_MS)
    }
  }

  /** The last hundred, in the order in which they began. */
  counts(): readonly OutageCounts[] {
    return this.#episodes.map((episode) => this.#countsOf(episode))
  }

  #begin({ ms = this.#usual.ms, prolongMs = this.#usual.prolongMs }: OutageLength): Episode {
    milliseconds('ms', ms, 1)
    milliseconds('prolongMs', prolongMs)
    const now = this.#clock.elapsed()
    const current = this.#current()
    if (current !== undefined) current.endsAt = now
    const episode = { prolongMs, beganAt: now, endsAt: now + ms, calls: 0 }
    this.#episodes = [...this.#episodes, episode].slice(-MAX_KEPT)
    return episode
  }

  #current(): Episode | undefined {
    const last = this.#episodes.at(-1)
    return last !== undefined && this.#clock.elapsed() < last.endsAt ? last : undefined
  }

  #countsOf({ calls, beganAt, endsAt }: Episode): OutageCounts {
    const restMs = Math.max(0, Math.ceil(endsAt - this.#clock.elapsed()))
    return { calls, lengthMs: Math.round(endsAt - beganAt), restMs }
  }
}
