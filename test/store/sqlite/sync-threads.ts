import { Worker } from 'node:worker_threads'
import { SyncSignals } from '../../../src/store/sqlite/file/sync/sync-signals.ts'
import { startSyncThread } from '../../../src/store/sqlite/file/sync/sync-stand-in.ts'
import type { SyncThreadData } from '../../../src/store/sqlite/file/sync/sync-thread.ts'

export interface SyncThreads {
  /** All that were started, the dead too. */
  readonly started: readonly Worker[]
  readonly startThread: (data: SyncThreadData) => Worker
  /** What the last one that was started is told. */
  signals(): SyncSignals
}

/** Keeps the threads that are started. */
export function syncThreads(start: (data: SyncThreadData) => Worker = startSyncThread): SyncThreads {
  const started: Worker[] = []
  let buffer: SharedArrayBuffer | undefined
  return {
    started,
    startThread: (data) => {
      buffer = data.signals
      const thread = start(data)
      started.push(thread)
      return thread
    },
    signals: () => new SyncSignals(buffer),
  }
}

/** Syncs nothing by itself: the test does its part. Ends when it is told to close. */
export const idleThread = ({ signals }: SyncThreadData): Worker => {
  const untilClosing = `
    const words = new Int32Array(require('node:worker_threads').workerData)
    for (let state = 0; state !== 3; state = Atomics.load(words, 0)) Atomics.wait(words, 0, state)`
  return new Worker(untilClosing, { eval: true, workerData: signals })
}
