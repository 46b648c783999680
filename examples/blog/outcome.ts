/** How often each action was done, a post for each time. */
export interface Done {
  readonly indexed: Iterable<string>
  readonly counted: readonly string[]
  readonly notified: readonly string[]
}

/** What came of the posts that are there. */
export interface Outcome {
  readonly posts: number
  /** Times that each action was done. */
  readonly indexed: number
  readonly counted: number
  readonly notified: number
  /** Actions that were never done. */
  readonly lost: number
  /** Times that one was done after the first. */
  readonly twice: number
}

/** Throws where something was done of a post that is not there. */
export function outcomeOf(posts: readonly string[], { indexed, counted, notified }: Done): Outcome {
  const there = new Set(posts)
  const all = [[...indexed], counted, notified]
  const stray = all.flat().find((post) => !there.has(post))
  if (stray !== undefined) throw new Error(`something was done of ${stray}, which is not there`)
  const firsts = all.map((done) => new Set(done).size)
  const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0)
  const lengths = all.map((done) => done.length)
  return {
    posts: posts.length,
    indexed: lengths[0] ?? 0,
    counted: lengths[1] ?? 0,
    notified: lengths[2] ?? 0,
    lost: all.length * posts.length - sum(firsts),
    twice: sum(lengths) - sum(firsts),
  }
}
