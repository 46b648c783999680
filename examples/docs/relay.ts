import { openSqlite, openTopics } from 'willcall/sqlite'
import { relay } from 'willcall/topics'

await using shop = openSqlite('shop.db')
await using reports = openSqlite('reports.db')
const [from, to] = [openTopics(shop), openTopics(reports)]
for (const broker of [from, to]) await broker.createTopic('orders')

const stop = new AbortController()
const { signal } = stop
const relaying = relay({ from, to, topics: ['orders'], signal })
const reporting = to.subscribe({
  topics: ['orders'],
  group: 'reports',
  signal,
  run: (order, { record }) => {
    console.log(order, `has an id: ${record.headers['willcall-id'] !== undefined}`)
    stop.abort()
  },
})
await from.publish('orders', [{ key: 'ann', payload: { id: 'o1' } }])
await Promise.all([relaying, reporting])
