import { CircularBuffer } from '../../channel/circular-buffer.ts'
import { Heap } from '../../store/heap.ts'
import type { Turns } from './turns.ts'
import type { Unfinished } from './unfinished.ts'

/**
 * Records of a partition that wait to begin: for their time, then for the commit that tells that they may have, then for a place.
 * 1. One that must be alone is marked once nothing of the member is in work, and nothing begins beside it until it has ended: whose
 * process dies then has died of that one.
 */
export class Waiting {
  readonly #mustBeAlone: (one: Unfinished) => boolean
  readonly #turns: Turns<Waiting>
  readonly #later = new Heap<Unfinished>((one, other) => one.at < other.at)
  /** Not marked, and tried before. */
  #tried: Unfinished[] = []
  /** Not marked, and not tried before. */
  #untried: Unfinished[] = []
  readonly #alones = new CircularBuffer<Unfinished>()
  /** The one that is marked. */
  #alone: Unfinished | undefined
  #mayBeginAlone = false
  #isOver = false
  /** Marked, and tried before. */
  readonly #again = new CircularBuffer<Unfinished>()
  /** Marked, and not tried before. */
  readonly #fresh = new CircularBuffer<Unfinished>()
  #isTurnOfFresh = false

  constructor(mustBeAlone: (one: Unfinished) => boolean, turns: Turns<Waiting>) {
    this.#mustBeAlone = mustBeAlone
    this.#turns = turns
  }

  add(one: Unfinished, now: number): void {
    if (one.at > now) this.#later.add(one)
    else this.#due(one)
  }

  #due(one: Unfinished): void {
    if (this.#mustBeAlone(one)) {
      this.#alones.push(one)
      if (!this.#isOver) this.#turns.waitFor(this)
    } else if (one.isMarked) this.#fresh.push(one)
    // One whose mark is being committed comes with that.
    else if (!one.mayHaveBegun) (one.wasTried ? this.#tried : this.#untried).push(one)
  }

  /** Those whose time has come. */
  wake(now: number): void {
    for (let one = this.#later.first; one !== undefined && one.at <= now; one = this.#later.first) {
      this.#later.take()
      this.#due(one)
    }
  }

  /** When the next one's time comes, in milliseconds since 1970. */
  get nextAt(): number | undefined {
    return this.#later.first?.at
  }

  get hasTried(): boolean {
    return this.#tried.length > 0
  }

  get hasUntried(): boolean {
    return this.#untried.length > 0
  }

  /** One that must be alone is to be marked, whatever else is. */
  get mayMarkAlone(): boolean {
    return this.#alone === undefined && this.#turns.first === this && this.#turns.isAtRest()
  }

  /** How many were never tried, and could begin soon. */
  get soon(): number {
    return this.#fresh.size + this.#untried.length
  }

  takeTried(most: number): readonly Unfinished[] {
    const tried = this.#tried.splice(0, Math.max(0, most))
    if (!this.mayMarkAlone) return tried
    this.#alone = this.#alones.shift()
    return this.#alone === undefined ? tried : [...tried, this.#alone]
  }

  takeUntried(most: number): readonly Unfinished[] {
    return this.#untried.splice(0, Math.max(0, most))
  }

  /** This one, where it is among those that are not marked and not tried. */
  takeOnly(one: Unfinished | undefined): readonly Unfinished[] {
    const at = this.#untried.findIndex((other) => other === one)
    return at < 0 ? [] : this.#untried.splice(at, 1)
  }

  marked(all: readonly Unfinished[]): void {
    for (const one of all) {
      one.isMarked = one.mayHaveBegun
      if (one === this.#alone) this.#mayBeginAlone = true
      else if (one.wasTried) this.#again.push(one)
      else if (!one.isBlocked && one.isMarked) this.#fresh.push(one)
      else if (!one.isBlocked) this.#untried.push(one)
    }
  }

  notMarked(all: readonly Unfinished[]): void {
    for (const one of all) {
      if (one === this.#alone) this.ended(one)
      if (!one.isBlocked) this.#due(one)
    }
  }

  /** One that must be alone begins before all others, of any partition. */
  get mustWait(): boolean {
    return this.#turns.isTaken
  }

  takeAlone(): Unfinished | undefined {
    if (!this.#mayBeginAlone) return undefined
    this.#mayBeginAlone = false
    return this.#alone
  }

  ended(one: Unfinished): void {
    if (one !== this.#alone) return
    this.#alone = undefined
    this.#mayBeginAlone = false
    this.#turns.over(this)
    if (this.#alones.size > 0 && !this.#isOver) this.#turns.waitFor(this)
  }

  /** Nothing of it begins any more. */
  over(): void {
    this.#isOver = true
    if (this.#alone?.isInWork !== true) this.#turns.over(this)
  }

  /** In turn one that was tried before and one that was not: however many fail, others go on. */
  take(): Unfinished | undefined {
    this.#isTurnOfFresh = !this.#isTurnOfFresh
    return this.#isTurnOfFresh
      ? (this.#fresh.shift() ?? this.#again.shift())
      : (this.#again.shift() ?? this.#fresh.shift())
  }
}
