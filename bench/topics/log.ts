import { openTopics } from '../../src/broker/local/open-topics.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { Tally } from '../durable/tally.ts'
import { PARTITIONS, type Sale, sales, TOPIC } from './sale.ts'

/** What is published to. */
export interface Log extends AsyncDisposable {
  /** Keeps the records from `first` up to `last`, without `last`, in one call; resolves once they are on disk. */
  publish(first: number, last: number): Promise<unknown>
  /** Calls once with each record that was kept, of which there are so many. */
  readAll(read: (n: number) => void, count: number): Promise<void>
}

/** A topic with the defaults of the library. */
export async function topicLog(file: string): Promise<Log> {
  const store = openSqlite(file)
  const topics = openTopics(store)
  await topics.createTopic(TOPIC, { partitions: PARTITIONS })
  return {
    publish: (first, last) => topics.publish(TOPIC, sales(first, last)),
    readAll: async (read, count) => {
      const tally = new Tally()
      const stop = new AbortController()
      const subscription = topics.subscribe<Sale>({
        topics: [TOPIC],
        group: 'check',
        run: async ({ n }) => {
          read(n)
          tally.add()
        },
        signal: stop.signal,
      })
      await Promise.race([tally.reached(count), subscription])
      stop.abort()
      await subscription
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
