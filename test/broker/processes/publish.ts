import { argv } from 'node:process'
import { systemClock } from '../../../src/index.ts'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import { listen, tellLine } from '../../crash/processes/tell.ts'
import type { Acknowledged, PublishOrder } from './orders.ts'

// Publishes, and tells what was acknowledged. It stops by SIGTERM, or when its test ends.

const { path, topic, first, keys, recordsOfCall, restMs }: PublishOrder = JSON.parse(argv[2] ?? '')
let isStopping = false
process.once('SIGTERM', () => {
  isStopping = true
})
listen(() => {})
await using store = openSqlite(path)
const broker = openTopics(store)
for (let from = first; !isStopping; from += recordsOfCall) {
  const numbers = Array.from({ length: recordsOfCall }, (_, n) => from + n)
  await broker.publish(
    topic,
    numbers.map((n) => ({ payload: { n }, key: `${first}-${n % keys}` })),
  )
  const acknowledged: Acknowledged = { from, to: from + recordsOfCall - 1 }
  tellLine(JSON.stringify(acknowledged))
  await new Promise<void>((resolve) => systemClock.after(restMs, resolve))
}
