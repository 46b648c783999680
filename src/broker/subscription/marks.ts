import { MAX_ABOVE_BYTES } from '../membership.ts'
import type { Unfinished } from './unfinished.ts'
import type { Waiting } from './waiting.ts'

/** So many bytes of `Progress.above` one record can take whose attempt ends before the next text is made. */
const MAX_BYTES_OF_ONE = 24

export interface MarksOptions {
  readonly waiting: Waiting
  /** So many that were not tried are marked at once, at most, and as many that were. */
  readonly ahead: number
  /** What is kept now. */
  readonly textBytes: number
}

/**
 * Records of which every commit tells that they may be under way, from before they are until they have ended.
 * 1. Whatever becomes of them, `above` fits. 2. Where that leaves room for none, it is the first of all: its end makes the text shorter.
 */
export class Marks {
  readonly #waiting: Waiting
  readonly #ahead: number
  #count = 0
  /** Of these, those that were tried before. */
  #countOfTried = 0
  #textBytes: number
  #endedSinceText = 0

  constructor({ waiting, ahead, textBytes }: MarksOptions) {
    this.#waiting = waiting
    this.#ahead = ahead
    this.#textBytes = textBytes
  }

  get #free(): number {
    const fit = Math.floor((MAX_ABOVE_BYTES - this.#textBytes) / MAX_BYTES_OF_ONE) - this.#endedSinceText
    return Math.min(this.#ahead - (this.#count - this.#countOfTried), fit - this.#count)
  }

  /** Whether there is one to be marked. `first`: of all that are unfinished. */
  hasMore(first: Unfinished | undefined): boolean {
    if (this.#waiting.mayMarkAlone || (this.#waiting.hasTried && this.#countOfTried < this.#ahead)) return true
    return this.#waiting.hasUntried && (this.#free > 0 || (this.#count === 0 && first?.wasTried === false))
  }

  /** Marks what may begin once the next commit is written. */
  mark(first: Unfinished | undefined): readonly Unfinished[] {
    const marked = this.#all(this.#waiting.takeTried(this.#ahead - this.#countOfTried))
    const isFull = this.#free <= 0 && this.#count === 0
    marked.push(...this.#all(isFull ? this.#waiting.takeOnly(first) : this.#waiting.takeUntried(this.#free)))
    if (this.#waiting.soon * 2 < this.#ahead) this.#markBlocked(first, marked)
    return marked
  }

  #all(some: readonly Unfinished[]): Unfinished[] {
    for (const one of some) this.#mark(one)
    return [...some]
  }

  /** Where few can begin, those behind them: else each would wait for a commit of its own. */
  #markBlocked(first: Unfinished | undefined, marked: Unfinished[]): void {
    for (let one = first; one !== undefined && this.#free > 0; one = one.after) {
      const mayBeSoon = one.isBlocked && !one.mayHaveBegun && !one.wasTried
      if (!mayBeSoon || one.line?.head?.wasTried !== false) continue
      this.#mark(one)
      marked.push(one)
    }
  }

  #mark(one: Unfinished): void {
    one.mayHaveBegun = true
    this.#count += 1
    if (one.wasTried) this.#countOfTried += 1
  }

  unmark(one: Unfinished): void {
    if (one.mayHaveBegun) {
      this.#count -= 1
      if (one.wasTried) this.#countOfTried -= 1
    }
    one.mayHaveBegun = false
    one.isMarked = false
  }

  ended(one: Unfinished): void {
    this.unmark(one)
    this.#endedSinceText += 1
  }

  /** A text of all that is known was made. */
  wrote(text: string): void {
    this.#textBytes = text.length
    this.#endedSinceText = 0
  }
}
