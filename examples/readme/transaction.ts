import Database from 'better-sqlite3'
import { Worker } from 'willcall'
import { openSqlite } from 'willcall/sqlite'

await using store = openSqlite('shop.db')
const shop = new Database('shop.db')
shop.exec('create table if not exists paid(order_id text primary key, receipt text)')

const worker = new Worker({
  store,
  tasks: {
    issueReceipt: async ({ orderId }: { orderId: string }, { transaction }) => {
      const receipt = await issueReceipt(orderId)
      await transaction((database) => {
        database.prepare('update paid set receipt = ? where order_id = ?').run(receipt, orderId)
        worker.sendIn(database, { task: 'mailReceipt', orderId, receipt })
      })
    },
    mailReceipt: async ({ orderId, receipt }: { orderId: string; receipt: string }) => {
      console.log(`${orderId}: ${receipt}`)
    },
  },
})

const pay = shop.transaction((orderId: string) => {
  shop.prepare('insert into paid(order_id) values (?)').run(orderId)
  return worker.sendIn(shop, { task: 'issueReceipt', orderId })
})
await worker.kept(pay('o1'))

const stop = new AbortController()
const running = worker.run(stop.signal)
await worker.idle()
stop.abort()
await running

async function issueReceipt(orderId: string): Promise<string> {
  return `receipt of ${orderId}`
}
