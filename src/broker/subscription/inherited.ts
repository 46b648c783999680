import type { Progress } from '../membership.ts'
import { aboveOf, type Range, type Tried } from './above-text.ts'

/**
 * What the member before has left, of records that were not read since. To be asked for them in the order of their offsets. One that
 * stopped has left nothing that may have begun; so what may has one death more.
 */
export class Inherited {
  #done: readonly Range[]
  #tried: readonly Tried[]

  constructor({ offset, above }: Progress) {
    const { done, tried } = aboveOf(offset, above)
    this.#done = done
    this.#tried = tried.map((one) => (one.mayHaveBegun ? diedWith(one) : one))
  }

  isDone(offset: number): boolean {
    const [first] = this.#done
    if (first === undefined || first.from > offset) return false
    if (first.to > offset) return true
    this.#done = this.#done.slice(1)
    return this.isDone(offset)
  }

  /** What was tried of it; undefined where that is nothing. From now on whoever asks has to tell of it. */
  take(offset: number): Pick<Tried, 'tries' | 'at'> | undefined {
    const [first] = this.#tried
    if (first === undefined || first.offset > offset) return undefined
    this.#tried = this.#tried.slice(1)
    return first.offset === offset ? first : this.take(offset)
  }

  doneFrom(offset: number): readonly Range[] {
    return this.#done.flatMap(({ from, to }) => (to > offset ? [{ from: Math.max(from, offset), to }] : []))
  }

  triedFrom(offset: number): readonly Tried[] {
    return this.#tried.filter((tried) => tried.offset >= offset)
  }
}

const diedWith = (one: Tried): Tried => ({
  ...one,
  tries: { ...one.tries, deaths: one.tries.deaths + 1 },
  mayHaveBegun: false,
})
