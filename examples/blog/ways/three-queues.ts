import { senderTo, Worker } from '../../../src/index.ts'
import type { Actions } from '../actions.ts'
import { type Consumer, type ConsumerParts, type Publish, type PublisherParts, RETRY, type Way } from './way.ts'

const tasksOf = ({ index, count, notify }: Actions) => ({ index, count, notify })
type Tasks = ReturnType<typeof tasksOf>

async function publisher({ store, blog, written }: PublisherParts): Promise<Publish> {
  const sender = senderTo<Tasks>(store)
  return async (post) => {
    const ids = blog.publish(post, (database) => {
      written(post)
      return sender.sendIn(database, { task: 'index', ...post })
    })
    if (ids === undefined) return false
    written(post)
    await sender.kept(ids)
    for (const task of ['count', 'notify'] as const) {
      await sender.send({ task, ...post })
      written(post)
    }
    return true
  }
}

async function publisherOfOneSend({ store, blog, written }: PublisherParts): Promise<Publish> {
  const sender = senderTo<Tasks>(store)
  return async (post) => {
    const ids = blog.publish(post, (database) => {
      written(post)
      return sender.sendIn(
        database,
        { task: 'index', ...post },
        { task: 'count', ...post },
        { task: 'notify', ...post },
      )
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

/** A queue for each action, written one after the other. */
export const threeQueues: Way = { messages: 3, publisher, consumer }

/** A queue for each action, written at once: what willcall can, where all queues are in one file. */
export const threeQueuesOneSend: Way = { messages: 1, publisher: publisherOfOneSend, consumer }
