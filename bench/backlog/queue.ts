import { Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'

/** Handlers at once. */
export const CONCURRENCY = 10
/** Messages of one call while a backlog is made, and calls under way. */
const CALL = 1_000
const CALLS_AT_ONCE = 4
/** Room for a million, the job of the other task, and what is sent meanwhile. */
const MAX_PENDING = 2_000_000

interface Numbered {
  readonly n: number
  readonly filling?: string
}

/** A worker on the file, with the backlog's task and another one. */
export interface Queue extends AsyncDisposable {
  /** Sends the messages from `first` up to `last`, without `last`, in large calls. */
  send(first: number, last: number, filling?: string): Promise<void>
  /** Sends the one job of the other task. */
  sendOther(): Promise<unknown>
  run(): void
  stop(): Promise<void>
  idle(): Promise<void>
  waiting(): Promise<number>
}

export function openQueue(file: string, run: (n: number) => Promise<void>, runOther: () => void = () => {}): Queue {
  const store = openSqlite(file, { maxPending: MAX_PENDING })
  const worker = new Worker({
    store,
    concurrency: CONCURRENCY,
    tasks: {
      issueReceipt: ({ n }: Numbered) => run(n),
      appendToTracker: async (_job: Numbered) => runOther(),
    },
  })
  let stopping = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  return {
    send: async (first, last, filling) => {
      let next = first
      const sender = async (): Promise<void> => {
        while (next < last) {
          const messages: ({ readonly task: 'issueReceipt' } & Numbered)[] = []
          for (; next < last && messages.length < CALL; next += 1) {
            messages.push({ task: 'issueReceipt', n: next, ...(filling !== undefined && { filling }) })
          }
          await worker.send(...messages)
        }
      }
      await Promise.all(Array.from({ length: CALLS_AT_ONCE }, sender))
    },
    sendOther: () => worker.send({ task: 'appendToTracker', n: 0 }),
    run: () => {
      stopping = new AbortController()
      running = worker.run(stopping.signal)
    },
    stop,
    idle: () => worker.idle(),
    waiting: async () => (await worker.count()).waiting,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await store[Symbol.asyncDispose]()
    },
  }
}
