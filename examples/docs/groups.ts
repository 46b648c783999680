import { openSqlite, openTopics } from 'willcall/sqlite'
import { topic } from 'willcall/topics'

interface Post {
  readonly id: string
  readonly author: string
}

/** Written once, used by whoever publishes and whoever subscribes. */
const postPublished = topic('post-published', { partitions: 3, key: ({ author }: Post) => author })

await using store = openSqlite('blog.db')
const posts = postPublished.on(openTopics(store))
await posts.create()

const stop = new AbortController()
const { signal } = stop
const notified = new Set<string>()
const notify = posts.subscribe({
  group: 'notify',
  signal,
  run: ({ id }) => {
    notified.add(id)
    console.log(`notified of ${id}`)
  },
})
const index = posts.subscribe({
  group: 'index',
  signal,
  retry: { minMs: 10 },
  run: ({ id }, { record }) => {
    if (!notified.has(id)) throw new Error('the search API answered 503')
    console.log(`indexed ${id}, which is at offset ${record.offset}`)
    stop.abort()
  },
})
await posts.publish({ payload: { id: 'post-1', author: 'ann' } })
await Promise.all([notify, index])
