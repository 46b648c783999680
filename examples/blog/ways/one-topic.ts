import { subscribe } from '../../../src/index.ts'
import { openTopics } from '../../../src/sqlite.ts'
import { type Broker, topic } from '../../../src/topics.ts'
import type { Post } from '../post.ts'
import { type Consumer, type ConsumerParts, type Publish, type PublisherParts, RETRY, type Way } from './way.ts'

const postPublished = topic('post-published', { partitions: 3, key: ({ author }: Post) => author })

/** One for each action. The API does not know them. */
const GROUPS = ['index', 'count', 'notify'] as const

async function publisher({ store, blog, written }: PublisherParts): Promise<Publish> {
  const topics = openTopics(store)
  const posts = postPublished.on(topics)
  await posts.create()
  return async (post) => {
    const positions = blog.publish(post, (database) => {
      written(post)
      return posts.publishIn(database, { payload: post })
    })
    if (positions === undefined) return false
    written(post)
    await topics.kept(positions)
    return true
  }
}

async function consumer({ store, actions }: ConsumerParts): Promise<Consumer> {
  const topics = openTopics(store)
  const posts = postPublished.on(topics)
  await posts.create()
  return {
    run: (signal) =>
      Promise.all(GROUPS.map((group) => posts.subscribe({ group, run: actions[group], signal, retry: RETRY }))),
    idle: () => allDone(topics),
  }
}

/** Resolves once every group has done all that was published. */
async function allDone(topics: Pick<Broker, 'lag'>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = async (): Promise<void> => {
    const lags = await Promise.all(GROUPS.map((group) => topics.lag(group)))
    if (lags.every((ofGroup) => ofGroup.length > 0 && ofGroup.every(({ lag }) => lag === 0))) resolve()
  }
  const deafen = subscribe('record.done', () => void look().catch(reject))
  try {
    await look()
    await promise
  } finally {
    deafen()
  }
}

/** Written once, read by a group for each action. */
export const oneTopic: Way = { messages: 1, publisher, consumer }
