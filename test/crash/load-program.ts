import { openSync, writeSync } from 'node:fs'
import { argv, hrtime, stdin } from 'node:process'
import { isMainThread, Worker as Thread, workerData } from 'node:worker_threads'
import { systemClock } from '../../src/core/clock.ts'
import { PermanentError, WillcallError } from '../../src/core/errors.ts'
import { task } from '../../src/core/task.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { Worker } from '../../src/worker/worker.ts'
import { ackLine, refusalLine } from './acks.ts'
import { delayMsOf, fateOf, type LoadOrder, messageOf, type Note } from './load.ts'

/** A pipe that Node itself knows nothing of: a write waits until there is room in it. */
const PIPE = 3

type Tell = (text: string) => void

const order = (isMainThread ? JSON.parse(argv[2] ?? '') : workerData) as LoadOrder

// Whoever started it holds the other end: it does not outlive them.
if (isMainThread) stdin.once('close', () => process.exit()).resume()
if (isMainThread && order.threads > 1) startThreads()
else await toldRun(teller())
if (isMainThread && order.threads === 1) process.exit()

function startThreads(): void {
  for (let thread = 0; thread < order.threads; thread += 1) {
    const own: LoadOrder = { ...order, threads: 1, from: `${order.from}.${thread}` }
    void new Thread(new URL(import.meta.url), { workerData: own })
  }
}

/** After the power cut the file cannot be opened, nor anything be kept. */
async function toldRun(tell: Tell): Promise<void> {
  const refused = (error: unknown): void => tell(refusalLine({ atNs: hrtime.bigint(), why: String(error) }))
  try {
    tell('opening\n')
    await run(tell, refused)
  } catch (error) {
    refused(error)
  }
}

async function run(tell: Tell, refused: (error: unknown) => void): Promise<void> {
  const { database, durability, load } = order
  const kept = { durability, maxDone: 10_000_000, doneForMs: 86_400_000 }
  await using store = await unlessBusy(async () => openSqlite(database, kept))
  const note = task({
    retry: { attempts: 5, minMs: 1, maxMs: 50 },
    run: async ({ number }: Note, { attempt }) => {
      await systemClock.yield()
      const fate = fateOf(number, attempt)
      if (fate === 'dead') throw new PermanentError('as ordered')
      if (fate === 'retry') throw new Error('as ordered')
      return number
    },
  })
  const worker = new Worker({ store, tasks: { note }, concurrency: load.concurrency })
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  let next = 0
  const sendOn = async (): Promise<void> => {
    while (next < (load.messages ?? Infinity)) {
      const first = next
      const numbers = Array.from({ length: 1 + (first % load.batch) }, (_, index) => first + index)
      next += numbers.length
      const messages = numbers.map((number) => messageOf(order.from, number, load.payloadBytes))
      const ids = await unlessBusy(() => worker.with({ delayMs: delayMsOf(first) }).send(...messages))
      tell(ackLine({ from: order.from, first, ids, atNs: hrtime.bigint() }))
    }
  }
  await Promise.all(Array.from({ length: load.senders }, () => sendOn().catch(refused)))
  stop.abort()
  await running
}

/** Writes at once, before anything else happens: what is told was known then, even if the program is killed. */
function teller(): Tell {
  if (order.marker === undefined) return (text) => void writeSync(PIPE, text)
  const marker = openSync(order.marker, 'w')
  let position = 0
  return (text) => {
    position += writeSync(marker, text, position)
  }
}

/** Another process that is slow, as all are under a tracer, is no fault of the store. */
async function unlessBusy<Value>(act: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof WillcallError && error.code === 'database_busy')) throw error
    }
  }
}
