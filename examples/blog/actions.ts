import type { Context } from '../../src/index.ts'
import type { Blog } from './blog.ts'
import type { Post } from './post.ts'

/** What both a job and a record tell of themselves. */
type Attempt = Pick<Context, 'attempt' | 'idempotencyKey' | 'signal'>

export type Action = (post: Post, attempt: Attempt) => Promise<void>

/** What is done in the background once a post is published. They know nothing of how they come to be called. */
export interface Actions {
  readonly index: Action
  readonly count: Action
  readonly notify: Action
}

export interface ActionParts {
  readonly blog: Blog
  /** Where the search API and the notification API are. */
  readonly url: string
  /** Whether the count is made under the idempotency key, so that it counts once however often it is tried. */
  readonly isKeyed: boolean
  /** For these posts the count fails once, after it was written. */
  readonly failingAfter: ReadonlySet<string>
}

export function actionsOf({ blog, url, isKeyed, failingAfter }: ActionParts): Actions {
  return {
    index: async (post, { signal }) => {
      await call(`${url}/search/${post.id}`, { method: 'PUT', body: JSON.stringify(post), signal })
    },
    count: async (post, { attempt, idempotencyKey }) => {
      if (isKeyed) blog.countOnce(post, idempotencyKey)
      else blog.count(post)
      if (attempt === 1 && failingAfter.has(post.id)) throw new Error(`the count of ${post.id} failed after its effect`)
    },
    notify: async ({ id }, { signal, idempotencyKey }) => {
      const headers = { 'idempotency-key': idempotencyKey }
      await call(`${url}/notifications`, { method: 'POST', body: JSON.stringify({ post: id }), headers, signal })
    },
  }
}

async function call(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, request)
  await response.body?.cancel()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
}
