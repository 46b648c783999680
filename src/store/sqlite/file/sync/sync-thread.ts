import { fdatasyncSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { SyncSignals } from './sync-signals.ts'

/** What the thread is started with. */
export interface SyncThreadData {
  readonly fd: number
  readonly signals: SharedArrayBuffer
}

const { fd, signals: buffer } = workerData as SyncThreadData
const signals = new SyncSignals(buffer)
while (signals.awaitAsk()) signals.answer(errnoOfSync())

/** 0 for a good one. */
function errnoOfSync(): number {
  try {
    fdatasyncSync(fd)
    return 0
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    if (errno === undefined) throw error
    return errno
  }
}
