import { senderTo, Worker } from '../../../src/index.ts'
import type { Actions } from '../actions.ts'
import type { Post } from '../post.ts'
import { type Consumer, type ConsumerParts, type Publish, type PublisherParts, RETRY, type Way } from './way.ts'

const tasksOf = ({ index, count, notify }: Actions) => ({
  /** They need not wait for each other; but where one fails, all are tried again. */
  publish: async (post: Post, attempt: Parameters<typeof index>[1]): Promise<void> => {
    const ended = await Promise.allSettled([index(post, attempt), count(post, attempt), notify(post, attempt)])
    for (const one of ended) if (one.status === 'rejected') throw one.reason
  },
})

async function publisher({ store, blog, written }: PublisherParts): Promise<Publish> {
  const sender = senderTo<ReturnType<typeof tasksOf>>(store)
  return async (post) => {
    const ids = blog.publish(post, (database) => {
      written(post)
      return sender.sendIn(database, { task: 'publish', ...post })
    })
    if (ids === undefined) return false
    written(post)
    await sender.kept(ids)
    return true
  }
}

async function consumer({ store, actions }: ConsumerParts): Promise<Consumer> {
  return new Worker({ store, tasks: tasksOf(actions), retry: RETRY })
}

/** One message, one consumer that does all three. */
export const oneQueue: Way = { messages: 1, publisher, consumer }
