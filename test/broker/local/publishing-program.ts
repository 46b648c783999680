import { openSqlite, openTopics } from '../../../src/sqlite.ts'

/** Publishes 200 records with one key, in calls of different sizes, many at once. */
const [path = '', by = ''] = process.argv.slice(2)
await using store = openSqlite(path)
const topics = openTopics(store)
const calls: Promise<unknown>[] = []
for (let n = 0; n < 200; ) {
  const size = Math.min(1 + (n % 7), 200 - n)
  calls.push(
    topics.publish(
      't',
      Array.from({ length: size }, (_, index) => ({ key: by, payload: { by, n: n + index } })),
    ),
  )
  n += size
  if (calls.length % 10 === 0) await Promise.all(calls)
}
await Promise.all(calls)
process.disconnect()
