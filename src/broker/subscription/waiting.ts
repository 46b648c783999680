import { CircularBuffer } from '../../channel/circular-buffer.ts'
import { Heap } from '../../store/heap.ts'
import type { Unfinished } from './unfinished.ts'

/** Records that wait to begin: for their time, then for the commit that tells that they may have, then for a place. */
export class Waiting {
  readonly #later = new Heap<Unfinished>((one, other) => one.at < other.at)
  #unmarked: Unfinished[] = []
  /** Marked, and tried before. */
  readonly #again = new CircularBuffer<Unfinished>()
  /** Marked, and not tried before. */
  readonly #fresh = new CircularBuffer<Unfinished>()
  /** The mark stands before this offset for all that were not tried. */
  #markedTo = 0

  add(one: Unfinished, now: number): void {
    if (one.at > now) this.#later.add(one)
    else if (!one.wasTried && one.offset < this.#markedTo) this.#fresh.push(one)
    else this.#unmarked.push(one)
  }

  /** Those whose time has come. */
  wake(now: number): void {
    for (let one = this.#later.first; one !== undefined && one.at <= now; one = this.#later.first) {
      this.#later.take()
      this.#unmarked.push(one)
    }
  }

  /** When the next one's time comes, in milliseconds since 1970. */
  get nextAt(): number | undefined {
    return this.#later.first?.at
  }

  get hasUnmarked(): boolean {
    return this.#unmarked.length > 0
  }

  /** How many were never tried, and could begin soon. */
  get soon(): number {
    return this.#fresh.size + this.#unmarked.length
  }

  takeUnmarked(): readonly Unfinished[] {
    const unmarked = this.#unmarked
    this.#unmarked = []
    return unmarked
  }

  marked(all: readonly Unfinished[], markedTo: number): void {
    this.#markedTo = markedTo
    for (const one of all) (one.wasTried ? this.#again : this.#fresh).push(one)
  }

  notMarked(all: readonly Unfinished[]): void {
    this.#unmarked = [...all, ...this.#unmarked]
  }

  takeAgain(): Unfinished | undefined {
    return this.#again.shift()
  }

  get firstFresh(): Unfinished | undefined {
    return this.#fresh.first
  }

  takeFresh(): Unfinished | undefined {
    return this.#fresh.shift()
  }
}
