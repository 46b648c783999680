import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { openSqlite } from '../../src/sqlite.ts'
import { actionsOf } from './actions.ts'
import { ApiProcess } from './api-process.ts'
import { Blog } from './blog.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { startOutside } from './outside.ts'
import type { Plan } from './plan.ts'
import { type WayName, ways } from './ways/ways.ts'

export interface Experiment {
  readonly way: WayName
  /** Whether the count is made under the idempotency key. Default false. */
  readonly isKeyed?: boolean
  /** Whether the count fails after it was written, where the plan says so. Default false. */
  readonly failsAfter?: boolean
}

export interface Place {
  /** Where its files are made; they stay. */
  readonly folder: string
  /** Ends it. */
  readonly signal: AbortSignal
}

/**
 * Publishes the posts of the plan in a fresh file, each once, through an API that is killed meanwhile; and answers with what was done
 * once all that the API had accepted is done. The actions are done here, in another process than that of the API.
 */
export async function outcomeIn(plan: Plan, experiment: Experiment, { folder, signal }: Place): Promise<Outcome> {
  const { way, isKeyed = false, failsAfter = false } = experiment
  const database = join(mkdtempSync(join(folder, `${way}-`)), 'blog.db')
  await using store = openSqlite(database)
  using blog = new Blog(database)
  await using outside = await startOutside(plan.refusals)
  const failingAfter: ReadonlySet<string> = failsAfter ? plan.failingAfter : new Set()
  const actions = actionsOf({ blog, url: outside.url, isKeyed, failingAfter })
  const consumer = await ways[way].consumer({ store, actions })
  const stop = new AbortController()
  const running = consumer.run(stop.signal)
  try {
    await using api = new ApiProcess({ way, database, kills: plan.kills, compiled: join(folder, 'compiled'), signal })
    for (const post of plan.posts) await api.publish(post)
    await Promise.race([consumer.idle(), aborted(signal)])
  } finally {
    stop.abort()
    await running
  }
  const outcome = outcomeOf(blog.posts, {
    indexed: outside.indexed,
    counted: blog.increments,
    notified: outside.notified,
  })
  if (blog.counted === outcome.counted) return outcome
  throw new Error(`the authors have ${blog.counted} posts after ${outcome.counted} increments`)
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const leave = (): void => reject(signal.reason)
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  return promise
}
