import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import threads, { type WorkerOptions } from 'node:worker_threads'

export interface FaultySync extends Disposable {
  /** How many syncs were asked for since. */
  readonly calls: number
  /** The next syncs fail, as a write-back error does that the system tells of; those after them succeed. */
  failNext(count?: number): void
}

/** Stands in the way of every `fdatasync` of this process until the test is left; no thread can be had for them meanwhile. */
export function aFaultySync(): FaultySync {
  const { fdatasync } = fs
  const { Worker } = threads
  let calls = 0
  let failing = 0
  function faulty(fd: number, done: (error: Error | null) => void): void {
    calls += 1
    if (failing === 0) return fdatasync(fd, done)
    failing -= 1
    const error = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    return fdatasync(fd, () => done(error))
  }
  class NoSyncs extends Worker {
    constructor(file: string | URL, options?: WorkerOptions) {
      if (options?.name === 'willcall syncs') throw new Error('no thread can be had')
      super(file, options)
    }
  }
  put(faulty as typeof fdatasync, NoSyncs)
  return {
    get calls() {
      return calls
    },
    failNext(count = 1) {
      failing = count
    },
    [Symbol.dispose]: () => put(fdatasync, Worker),
  }
}

function put(fdatasync: typeof fs.fdatasync, Worker: typeof threads.Worker): void {
  fs.fdatasync = fdatasync
  threads.Worker = Worker
  syncBuiltinESMExports()
}
