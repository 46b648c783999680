import { argv, stderr } from 'node:process'
import { backlog } from './backlog/backlog.ts'
import { durable } from './durable/durable.ts'
import { loop } from './loop/loop.ts'
import { kills } from './kills/kills.ts'
import { memory } from './memory/memory.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { topics } from './topics/topics.ts'
import { failures } from './upstream/failures/failures.ts'
import { limit } from './upstream/limit/limit.ts'
import { outage } from './upstream/outage/outage.ts'
import { prolonged } from './upstream/prolonged/prolonged.ts'
import { webhook } from './webhook/webhook.ts'

/** Each prints its tables, and throws where a message was lost or an answer was wrong. A slow result is a result. */
const BENCHES: ReadonlyMap<string, (options: BenchOptions) => Promise<void>> = new Map([
  ['memory', memory],
  ['webhook', webhook],
  ['durable', durable],
  ['backlog', backlog],
  ['loop', loop],
  ['outage', outage],
  ['limit', limit],
  ['prolonged', prolonged],
  ['failures', failures],
  ['kills', kills],
  ['topics', topics],
])

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

try {
  const { name, options } = readOptions(argv.slice(2))
  const bench = BENCHES.get(name)
  if (bench === undefined)
    throw new Error(`the bench is one of ${[...BENCHES.keys()].join(', ')}; got ${name || 'no name'}`)
  await bench(options)
} catch (thrown) {
  stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  process.exitCode = 1
}
