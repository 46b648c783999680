import type { Clock } from '../core/clock.ts'
import type { TaskUpstream } from '../core/upstream.ts'
import type { Store } from '../store/store.ts'
import { upstreamFactIn, upstreamFactName, upstreamFactText } from './upstream-fact.ts'

/** Longest that anything is closed by what others have written, in milliseconds: 24 h. A clock may be wrong. */
const MAX_CLOSED_MS = 86_400_000
/** Who hears of a closing waits longer by up to this part of its rest, so that not everybody tries it at once. */
const SPREAD = 0.25
/** Closings that end within so many milliseconds are one: times are rounded, and clocks are not read at one moment. */
const SAME_MS = 10

export interface SharedUpstreamOptions {
  readonly upstream: TaskUpstream
  readonly clock: Clock
  readonly random: () => number
}

/**
 * What this process and the others find of one upstream.
 * 1. What was heard from others is not told to them. 2. Of two closings the later one stands. 3. A closing that was found here and is
 * not told yet stands over an opening by others, and theirs over an opening here: neither was an answer to the other.
 */
export class SharedUpstream {
  readonly name: string
  readonly #upstream: TaskUpstream
  readonly #clock: Clock
  readonly #random: () => number
  /** The fact as it was read or written last; undefined: there is none. */
  #known: string | undefined
  /** The upstream's turns that the others were told of, or that do not matter any more. */
  #told = 0

  constructor({ upstream, clock, random }: SharedUpstreamOptions) {
    this.name = upstreamFactName(upstream.name)
    this.#upstream = upstream
    this.#clock = clock
    this.#random = random
  }

  /** Whether it closed or opened here, and the others were not told. */
  get hasNews(): boolean {
    return this.#upstream.turns !== this.#told
  }

  /** Calls `listener` whenever there may be news; returns what ends that. */
  onNews(listener: () => void): () => void {
    return this.#upstream.onRoom(() => {
      if (this.hasNews) listener()
    })
  }

  /** Tells the others how it is here. False where somebody has told them something since that was heard. */
  async tell(store: Pick<Store, 'remember'>): Promise<boolean> {
    const { turns, isDown, closedBecause: why } = this.#upstream
    const value = isDown ? upstreamFactText({ until: this.#until, why }) : undefined
    if (value !== this.#known && !(await store.remember(this.name, value, this.#known))) return false
    this.#known = value
    this.#told = turns
    return true
  }

  /** What the fact is, whoever wrote it. */
  heard(value: string | undefined): void {
    if (value === this.#known) return
    this.#known = value
    if (value === undefined) return this.#heardOpened()
    const fact = upstreamFactIn(value)
    if (fact !== undefined) this.#heardClosed(fact.until, fact.why)
  }

  #heardOpened(): void {
    if (this.hasNews && this.#upstream.isDown) return
    this.#upstream.heardOpened()
    this.#told = this.#upstream.turns
  }

  #heardClosed(until: number, why: string): void {
    const { isDown } = this.#upstream
    if (isDown && this.hasNews && this.#until > until + SAME_MS) return
    this.#told = this.#upstream.turns
    if (!isDown || until > this.#until + SAME_MS) this.#upstream.heardClosed(this.#spread(until), why)
  }

  /** Until when it is closed, or now. */
  get #until(): number {
    return this.#upstream.closedUntil?.getTime() ?? this.#clock.now()
  }

  /** Where that time has come it is down all the same: one call tries it. */
  #spread(until: number): Date {
    const now = this.#clock.now()
    const restMs = Math.max(1, until - now)
    return new Date(now + Math.min(MAX_CLOSED_MS, restMs * (1 + SPREAD * this.#random())))
  }
}
