import type { RetryOptions } from '../../../src/index.ts'
import type { SqliteStore } from '../../../src/sqlite.ts'
import type { Actions } from '../actions.ts'
import type { Blog } from '../blog.ts'
import type { Post } from '../post.ts'

/** The APIs are next door: who was refused comes again soon. */
export const RETRY: RetryOptions = { attempts: 25, minMs: 10, maxMs: 50 }

/** What the API has. */
export interface PublisherParts {
  readonly store: SqliteStore
  readonly blog: Blog
  /** Called after each write for a post. */
  readonly written: (post: Post) => void
}

/** What those have that do the actions. */
export interface ConsumerParts {
  readonly store: SqliteStore
  readonly actions: Actions
}

/** Resolves once the post and all that is sent of it are on disk. False where there is such a post already, of which nothing is sent. */
export type Publish = (post: Post) => Promise<boolean>

export interface Consumer {
  /** Does the actions until the signal. */
  run(signal: AbortSignal): Promise<unknown>
  /** Resolves once nothing is left to be done. */
  idle(): Promise<void>
}

/** A way from the API to the three actions. */
export interface Way {
  /** What the API writes of one post beside its row, each in a transaction of its own. The first is in that of the row. */
  readonly messages: number
  publisher(parts: PublisherParts): Promise<Publish>
  consumer(parts: ConsumerParts): Promise<Consumer>
}
