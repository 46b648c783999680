import { PermanentError } from 'willcall'
import { openSqlite, openTopics } from 'willcall/sqlite'
import { topic } from 'willcall/topics'

await using store = openSqlite('shop.db')
const topics = openTopics(store)
const orders = topic<{ id: string; items: number }>('orders').on(topics)
await orders.create()
await orders.publish({ payload: { id: 'o1', items: 0 } }, { payload: { id: 'o2', items: 2 } })

/** Handles orders until it has handled this one. */
async function mailUntil(last: string, least: number): Promise<void> {
  const stop = new AbortController()
  await orders.subscribe({
    group: 'mail',
    order: 'partition',
    signal: stop.signal,
    run: ({ id, items }, { attempt }) => {
      if (items < least) throw new PermanentError(`an order has at least ${least} items, ${id} has ${items}`)
      console.log(`mailed ${id} at attempt ${attempt}`)
      if (id === last) stop.abort()
    },
  })
}

await mailUntil('o2', 1)
const stop = new AbortController()
await topics.subscribe({
  topics: ['orders.dead'],
  group: 'operators',
  signal: stop.signal,
  run: (_, { record: { headers } }) => {
    console.log(`${headers['willcall-group']}: ${headers['willcall-reason']}: ${headers['willcall-error']}`)
    stop.abort()
  },
})
console.log(`brought back: ${await orders.replay('mail')}`)
await mailUntil('o1', 0)
