import path from 'node:path'
import { Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { CONCURRENCY, type Handler, type MakeSubject, type Subject } from './subject.ts'

/** The real Worker on the real store, both with their defaults. */
export const willcall: MakeSubject = async ({ folder }, handler) =>
  workerOn(openSqlite(path.join(folder, 'willcall.db')), handler)

/** A worker that runs; it closes the store. */
export function workerOn(store: SqliteStore, handler: Handler): Subject {
  const worker = new Worker({ store, tasks: { issueReceipt: handler }, concurrency: CONCURRENCY })
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  return {
    send: (...tickets) => worker.send(...tickets.map(({ ticketId }) => ({ task: 'issueReceipt', ticketId }) as const)),
    done: () => worker.idle(),
    left: async () => {
      const { waiting, running: inWork } = await worker.count()
      return waiting + inWork
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
      await store[Symbol.asyncDispose]()
    },
  }
}
