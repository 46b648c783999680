import { openSqlite, openTopics } from 'willcall/sqlite'
import { topic } from 'willcall/topics'

interface Paid {
  readonly orderId: string
  readonly cents: number
}

const paid = topic('order-paid', { partitions: 3, key: ({ orderId }: Paid) => orderId })

await using store = openSqlite('shop.db')
const orders = paid.on(openTopics(store))
await orders.create()
await orders.publish({ payload: { orderId: 'o1', cents: 1_250 } })

const stop = new AbortController()
const { signal } = stop
let cents = 0
const sum = orders.subscribe({ group: 'sum', signal, run: (order) => void (cents += order.cents) })
const mail = orders.subscribe({
  group: 'mail',
  signal,
  retry: { attempts: 3, minMs: 10 },
  run: ({ orderId }, { attempt }) => {
    if (attempt < 3) throw new Error('the mail API answered 503')
    console.log(`${orderId}: mailed at attempt ${attempt}; the sum is ${cents}`)
    stop.abort()
  },
})
await Promise.all([sum, mail])
