import Database from 'better-sqlite3'
import { openSqlite, openTopics } from 'willcall/sqlite'

await using store = openSqlite('blog.db')
const topics = openTopics(store)
await topics.createTopic('post-published', { partitions: 3 })
const blog = new Database('blog.db')
blog.exec('create table if not exists post(id text primary key)')

const publish = blog.transaction((id: string) => {
  const positions = topics.publishIn(blog, 'post-published', [{ key: id, payload: { id } }])
  blog.prepare('insert into post values (?)').run(id)
  return positions
})
await topics.kept(publish('post-1'))
try {
  publish('post-1')
} catch {
  console.log('the second is no post, and no record')
}
await topics.seek('count', 'post-published', 'earliest')
for (const { partition, lag } of await topics.lag('count')) if (lag > 0) console.log({ partition, lag })
