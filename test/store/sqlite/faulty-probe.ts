import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import threads, { type WorkerOptions } from 'node:worker_threads'

const failed = (): Error => Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })

/** What a thread does first whose disk fails. */
export const FAILING = `
  const fs = require('node:fs')
  fs.fdatasyncSync = () => { throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }) }
  require('node:module').syncBuiltinESMExports();`

export interface FaultyProbe extends Disposable {
  /** How often the disk was probed in this thread since. */
  readonly calls: number
  /** How many recoveries were begun since. */
  readonly recoveries: number
  /** Whether probes fail from now on, in this thread and in those that recover a file. */
  isFailing: boolean
}

/** Stands in the way of every probe of the disk until the test is left. */
export function aFaultyProbe(): FaultyProbe {
  const { fdatasyncSync } = fs
  const { Worker } = threads
  const probe = { calls: 0, recoveries: 0, isFailing: false }
  class Failing extends Worker {
    constructor(program: string | URL, options?: WorkerOptions) {
      const isRecovery = options?.name === 'willcall recovery'
      if (isRecovery) probe.recoveries += 1
      super(isRecovery && probe.isFailing ? `${FAILING}${String(program)}` : program, options)
    }
  }
  const put = (sync: typeof fdatasyncSync, thread: typeof Worker): void => {
    fs.fdatasyncSync = sync
    threads.Worker = thread
    syncBuiltinESMExports()
  }
  put((fd) => {
    probe.calls += 1
    if (probe.isFailing) throw failed()
    fdatasyncSync(fd)
  }, Failing)
  return Object.assign(probe, { [Symbol.dispose]: () => put(fdatasyncSync, Worker) })
}
