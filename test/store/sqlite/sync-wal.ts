import { writeFileSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { systemClock } from '../../../src/core/clock.ts'
import type { SyncThreadData } from '../../../src/store/sqlite/file/sync/sync-thread.ts'
import { type Sync, WalSync, type WalSyncOptions } from '../../../src/store/sqlite/file/sync/wal-sync.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { aFolder } from './folder.ts'
import { idleThread, syncThreads } from './sync-threads.ts'

/** A descriptor that is not open. */
export const NOT_OPEN = 1_000_000

interface WalParts {
  /** Default: the system's own. */
  readonly sync?: Sync
  readonly start?: ((data: SyncThreadData) => Worker) | undefined
  readonly clock?: WalSyncOptions['clock']
}

/** A file with its sync, and the threads that it started. */
export function aWal({ sync, start, clock = systemClock }: WalParts = {}) {
  const folder = aFolder()
  const path = folder.file('a')
  writeFileSync(path, 'written')
  const threads = syncThreads(start)
  const wal = new WalSync(path, sync, { clock, startThread: threads.startThread })
  return {
    ...threads,
    folder,
    path,
    wal,
    async [Symbol.asyncDispose]() {
      await wal.close()
      folder[Symbol.dispose]()
    },
  }
}

interface Asked extends PromiseWithResolvers<void> {
  readonly fd: number
}

/** A pool that answers when it is told to, at the latest when the test is left. */
export function slowPool() {
  const asked: Asked[] = []
  const sync: Sync = (fd) => {
    const answer = Promise.withResolvers<void>()
    asked.push({ fd, ...answer })
    return answer.promise
  }
  return {
    asked,
    sync,
    [Symbol.dispose]() {
      for (const { resolve } of asked) resolve()
    },
  }
}

/** One whose pool answers when it is told to, on a clock that stands still. */
export function slowWal(start?: (data: SyncThreadData) => Worker) {
  const clock = new FakeClock()
  const pool = slowPool()
  const file = aWal({ sync: pool.sync, start, clock })
  /** A sync that the pool has let wait until the thread was asked as well. */
  const asksThread = async (): Promise<{ readonly done: Promise<void> }> => {
    const done = file.wal.done()
    await clock.advance(10)
    return { done }
  }
  return {
    ...file,
    clock,
    asked: pool.asked,
    asksThread,
    async doneSlowly(): Promise<void> {
      const { done } = await asksThread()
      await done
    },
    async [Symbol.asyncDispose]() {
      pool[Symbol.dispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}

/** One where the test also does what the thread has to do. */
export function playedWal() {
  const file = slowWal(idleThread)
  /** The thread begins what it is asked. */
  const begin = async (): Promise<void> => {
    await systemClock.yield()
    file.signals().awaitAsk()
  }
  const answer = (errno = 0): void => file.signals().answer(errno)
  /** The pool has let a sync wait, and the thread is at it. */
  const beginsInThread = async (): Promise<{ readonly done: Promise<void> }> => {
    const { done } = await file.asksThread()
    await begin()
    return { done }
  }
  return {
    ...file,
    begin,
    answer,
    beginsInThread,
    async doneInThread(): Promise<void> {
      const { done } = await beginsInThread()
      answer()
      await done
    },
  }
}
