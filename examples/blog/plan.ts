import { seededRandom } from '../../src/testing/index.ts'
import type { Post } from './post.ts'

const POSTS = 40
const AUTHORS = ['ann', 'bob', 'cem', 'dea', 'eve']
const KILLS = 4
/** This part of the posts the search API refuses at first, each so often at most. */
const REFUSED = 0.3
const MAX_REFUSALS = 3
/** For this part of them the count fails after it was written, where a run wants that. */
const FAILING_AFTER = 0.15

/** Where the API is killed. */
export interface Kill {
  readonly post: string
  /** After which part of what it writes, above 0: 1 is all of it. Each run has 0.25, 0.5, 0.75 and 1. */
  readonly at: number
}

/** What happens in a run, whichever way the posts go. */
export interface Plan {
  readonly posts: readonly Post[]
  /** How often the search API refuses a post before it takes it; those that it takes at once are left out. */
  readonly refusals: ReadonlyMap<string, number>
  readonly kills: readonly Kill[]
  /** The posts for which the count fails once, after it was written. */
  readonly failingAfter: ReadonlySet<string>
}

/** The same for the same seed. */
export function planOf(seed: number): Plan {
  const random = seededRandom(seed)
  const below = (most: number): number => Math.floor(random() * most)
  const posts = Array.from({ length: POSTS }, (_, index): Post => {
    const id = `post-${String(index + 1).padStart(2, '0')}`
    return { id, author: AUTHORS[below(AUTHORS.length)] ?? '', title: `The title of ${id}` }
  })
  const refused = posts.filter(() => random() < REFUSED)
  const refusals = new Map(refused.map(({ id }) => [id, 1 + below(MAX_REFUSALS)]))
  // One in each part, so that every API has lived before it dies.
  const length = Math.floor(POSTS / KILLS)
  const moments = Array.from({ length: KILLS }, (_, moment) => (moment + 1) / KILLS)
  const kills = Array.from({ length: KILLS }, (_, part): Kill => {
    const [at = 1] = moments.splice(below(moments.length), 1)
    return { post: posts[part * length + below(length)]?.id ?? '', at }
  })
  const failingAfter = new Set(posts.filter(() => random() < FAILING_AFTER).map(({ id }) => id))
  return { posts, refusals, kills, failingAfter }
}
