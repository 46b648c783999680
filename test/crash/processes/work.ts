import { argv } from 'node:process'
import { isMainThread, workerData } from 'node:worker_threads'
import { subscribe, systemClock, Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { gate } from '../../worker/running.ts'
import { listen, tell } from './tell.ts'
import type { HowItEnds, WorkOrder } from './work-order.ts'

// A worker in a process of its own, or a thread. It tells of each message when it is kept, and when a handler begins and ends.

/** It sends no more while so many wait, and so many at once. */
const MAX_WAITING = 50
const SENDERS = 10
const BRIEFLY_MS = 5
const BUSY_MS = 1_500

interface Numbered {
  readonly n: number
}

const order: WorkOrder = isMainThread ? JSON.parse(argv[2] ?? '') : (workerData as WorkOrder)
const { path, sends = 0, first = 1, handlers, concurrency = 10, graceMs = 20_000, deadlineMs = 2_000, stops } = order
const random = seededRandom(first)
const told = gate()
let isTold = false
listen(() => {
  isTold = true
  told.open()
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve))

function beBusy(): void {
  const until = systemClock.elapsed() + BUSY_MS
  while (systemClock.elapsed() < until);
}

const END: Readonly<Record<HowItEnds, () => void | Promise<void>>> = {
  at_once: () => {},
  briefly: () => pause(random() * BRIEFLY_MS),
  when_told: () => told.opened,
  never: () => new Promise(() => {}),
  busy: beBusy,
}

const numbers = new Map<string, number>()
subscribe('job.done', ({ jobId }) => tell('done', numbers.get(jobId) ?? jobId))
subscribe('store.failed', ({ verb, error }) => tell('failed', `${verb}: ${String(error)}`))
subscribe('worker.stopping', () => tell('stopping'))

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
tell('opening')
await using store = openSqlite(path, { maxDone: 1_000_000 })
const worker = new Worker({
  store,
  concurrency,
  graceMs,
  deadlineMs,
  tasks: {
    work: async ({ n }: Numbered, { jobId }) => {
      numbers.set(jobId, n)
      tell('began', n)
      await END[handlers]()
      tell('ended', n)
    },
    poison: ({ n }: Numbered) => {
      tell('began', n)
      process.kill(process.pid, 'SIGKILL')
    },
  },
})

const rest = Array.from({ length: sends }, (_, index) => first + index).values()

const sendsNoMore = (): boolean => stop.signal.aborted || (stops === 'when_told' && isTold)

async function sendOneByOne(): Promise<void> {
  for (const n of rest) {
    if (sendsNoMore()) return
    while ((await worker.count()).waiting >= MAX_WAITING && !sendsNoMore()) await pause(1)
    await worker.send({ task: 'work', n }).then(
      () => tell('sent', n),
      (error: unknown) => tell('failed', `send: ${String(error)}`),
    )
  }
}

const running = worker.run(stop.signal)
tell('working')
await Promise.all(Array.from({ length: SENDERS }, sendOneByOne))
if (stops === 'when_told') await told.opened
if (stops !== 'by_signal') {
  await worker.idle()
  stop.abort()
}
await running
