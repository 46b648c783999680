import Database from 'better-sqlite3'
import { openSqlite, openTopics } from 'willcall/sqlite'
import { topic } from 'willcall/topics'

await using store = openSqlite('blog.db')
const posts = topic<{ author: string }>('post-published').on(openTopics(store))
await posts.create()
const blog = new Database('blog.db')
blog.exec('create table if not exists author(name text primary key, posts integer not null)')
blog.exec('create table if not exists counted(key text primary key) without rowid')

const count = blog.transaction((author: string, key: string) => {
  const { changes } = blog.prepare('insert into counted values (?) on conflict do nothing').run(key)
  if (changes === 0) return
  blog.prepare('insert into author values (?, 1) on conflict do update set posts = posts + 1').run(author)
})

await posts.publish({ payload: { author: 'ann' } })
const stop = new AbortController()
await posts.subscribe({
  group: 'count',
  signal: stop.signal,
  retry: { minMs: 10 },
  run: ({ author }, { attempt, idempotencyKey }) => {
    count.immediate(author, idempotencyKey)
    if (attempt === 1) throw new Error('it failed after its effect')
    stop.abort()
  },
})
console.log(blog.prepare('select * from author').all())
