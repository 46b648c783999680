import { statSync } from 'node:fs'
import { argv, exit, resourceUsage, stdout } from 'node:process'
import type { Broker } from '../../src/broker/broker.ts'
import { openTopics } from '../../src/broker/local/open-topics.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { SENDERS } from '../durable/subject.ts'
import { workerOn } from '../durable/willcall.ts'
import { HeapPeak } from '../memory/heap-peak.ts'
import { Ledger } from '../memory/ledger.ts'
import { subscribeBeside } from './beside.ts'
import { GroupReader } from './group-reader.ts'
import { inCalls } from './in-calls.ts'
import { topicLog } from './log.ts'
import { RawLog } from './raw-log.ts'
import { PARTITIONS, sales, TOPIC } from './sale.ts'
import { Stopwatch } from './stopwatch.ts'
import type { Answers, TopicsOrder } from './topics-order.ts'

// A fresh process: takes a TopicsOrder as its argument, and answers with one line of JSON.

/** Of each record, so that its payload has 100 bytes. */
const FILLING = 'x'.repeat(80)
const FILLING_CALLS = { callers: 4, size: 1_000 }
/** Records that the subscriptions beside a worker have read before they wait. */
const READ_BEFORE = 1_000
/** Groups that are well in every run. */
const NEIGHBOURS = 8
const MB = 2 ** 20
const PREFIX = 'ticket-'

const given: TopicsOrder = JSON.parse(argv[2] ?? '')
const answered = await answer(given)
stdout.write(`${JSON.stringify(answered)}\n`, () => exit())

function answer(order: TopicsOrder): Promise<Answers[TopicsOrder['kind']]> {
  switch (order.kind) {
    case 'publish':
      return publish(order)
    case 'fill':
      return fill(order)
    case 'read':
      return read(order)
    case 'work':
      return work(order)
    case 'neighbours':
      return neighbours(order)
    default:
      throw new TypeError(`there is no order ${String(order satisfies never)}`)
  }
}

type OrderOf<Kind extends TopicsOrder['kind']> = Extract<TopicsOrder, { readonly kind: Kind }>

async function publish(order: OrderOf<'publish'>): Promise<Answers['publish']> {
  const { subject, file, calls, warmUp, records } = order
  await using log = subject === 'raw' ? new RawLog(file) : await topicLog(file)
  const call = (first: number, last: number): Promise<unknown> => log.publish(first, last)
  await inCalls(calls, 0, warmUp, call)
  const took = await inCalls(calls, warmUp, warmUp + records, call)
  const ledger = new Ledger(warmUp + records, false)
  await log.readAll((n) => ledger.ran(n), warmUp + records)
  ledger.close(warmUp + records)
  return took
}

async function fill({ file, records }: OrderOf<'fill'>): Promise<Answers['fill']> {
  {
    await using store = openSqlite(file)
    const topics = openTopics(store)
    await topics.createTopic(TOPIC, { partitions: PARTITIONS })
    await inCalls(FILLING_CALLS, 0, records, (first, last) => topics.publish(TOPIC, sales(first, last, FILLING)))
  }
  return { fileMb: statSync(file).size / MB }
}

/** The clock runs from before the first subscription until the last one has committed all and left. */
async function read({ file, records, groups, order }: OrderOf<'read'>): Promise<Answers['read']> {
  await using store = openSqlite(file)
  const topics = openTopics(store)
  const stopwatch = new Stopwatch()
  const heap = globalThis.gc === undefined ? undefined : new HeapPeak(records)
  const ran = (n: number): void => heap?.ran(n)
  const readers = groups.map((group) => new GroupReader({ topics, group, records, order, ran }))
  await Promise.all(readers.map((reader) => reader.all()))
  await Promise.all(readers.map((reader) => reader.stop()))
  const took = stopwatch.took()
  const peakMb = (resourceUsage().maxRSS * 2 ** 10) / MB
  await Promise.all(readers.map((reader) => reader.check()))
  return { ...took, peakMb, ...(heap && { heldMb: heap.growthMb }) }
}

/** As in the bench `durable`: senders that each await their message before the next, until all is done. */
async function work({ file, topics, warmUp, messages }: OrderOf<'work'>): Promise<Answers['work']> {
  const store = openSqlite(file)
  const ledger = new Ledger(warmUp + messages, false)
  await using subject = workerOn(store, async ({ ticketId }) => ledger.ran(Number(ticketId.slice(PREFIX.length))))
  if (topics) await waitBeside(openTopics(store))
  const calls = { callers: SENDERS, size: 1 }
  const send = (n: number): Promise<unknown> => subject.send({ ticketId: `${PREFIX}${n}` })
  await inCalls(calls, 0, warmUp, send)
  await subject.done(warmUp)
  const stopwatch = new Stopwatch()
  await inCalls(calls, warmUp, warmUp + messages, send)
  await subject.done(warmUp + messages)
  const took = stopwatch.took()
  ledger.close(warmUp + messages)
  return took
}

/** Two subscriptions, which have read what there is. The store ends them. */
async function waitBeside(topics: Broker): Promise<void> {
  await topics.createTopic(TOPIC, { partitions: PARTITIONS })
  await topics.publish(TOPIC, sales(0, READ_BEFORE))
  await Promise.all(
    ['index', 'count'].map((group) => new GroupReader({ topics, group, records: READ_BEFORE, order: 'key' }).all()),
  )
}

/** The clock runs from before the first subscription until the last of the eight has handled every record. */
async function neighbours({ file, records, beside }: OrderOf<'neighbours'>): Promise<Answers['neighbours']> {
  await using store = openSqlite(file)
  const topics = openTopics(store)
  const stop = new AbortController()
  const stopwatch = new Stopwatch()
  const two = subscribeBeside(topics, beside, stop.signal)
  const readers = Array.from(
    { length: NEIGHBOURS },
    (_, index) => new GroupReader({ topics, group: `well-${index}`, records, order: 'key' }),
  )
  await Promise.all(readers.map((reader) => reader.all()))
  const took = stopwatch.took()
  stop.abort()
  await Promise.all([two, ...readers.map((reader) => reader.stop())])
  await Promise.all(readers.map((reader) => reader.check()))
  return took
}
