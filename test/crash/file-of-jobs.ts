import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { type JobOf, Worker, type WorkerOptions } from '../../src/index.ts'
import type { DatabaseConstructor } from '../../src/store/sqlite/file/database.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { MAX_LIST } from '../../src/worker/worker.ts'
import type { WorkOrder } from './processes/work-order.ts'
import { TellingProcess } from './telling-process.ts'
import { until } from './until.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** For tests with several processes, each of which takes a while to start. */
export const patiently = { timeout: 60_000 }
export const onLinux = {
  ...patiently,
  skip: process.platform === 'linux' ? false : 'only Linux tells whether a process stands still',
}

export interface Numbered {
  readonly n: number
}

export type NumberedTasks = {
  readonly work: (payload: Numbered) => void | Promise<void>
  readonly poison: (payload: Numbered) => void | Promise<void>
}
export type NumberedMessage = { readonly task: keyof NumberedTasks } & Numbered
export type NumberedJob = JobOf<NumberedTasks>

const none: NumberedTasks = { work: () => {}, poison: () => {} }

export const byNumber = (one: number, other: number): number => one - other
/** The messages from `first` up to `last`. */
export const works = (first: number, last: number): readonly NumberedMessage[] =>
  upTo(last - first + 1).map((n) => ({ task: 'work', n: n + first - 1 }))
export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)

/** Every job that is kept, once the file is found whole and its counters right. */
export async function jobsIn(path: string): Promise<readonly NumberedJob[]> {
  await using store = openSqlite(path)
  assert.deepEqual(wholenessOf(path), [['ok']])
  const worker = new Worker({ store, tasks: none })
  const jobs: NumberedJob[] = []
  for (let page = await worker.list({ limit: MAX_LIST }); page.length > 0; ) {
    jobs.push(...page)
    const last = page.at(-1)
    page = last === undefined ? [] : await worker.list({ limit: MAX_LIST, after: last.id })
  }
  const counted = { waiting: 0, running: 0, done: 0, dead: 0 }
  for (const { state } of jobs) counted[state] += 1
  assert.deepEqual(await worker.count(), counted)
  return jobs
}

function wholenessOf(path: string): unknown {
  const connection = new Connection(path, { timeout: 5_000 })
  try {
    return connection.prepare('pragma integrity_check').raw().all()
  } finally {
    connection.close()
  }
}

/** A file in a folder of its own, and who works at it. */
export function aFileOfJobs() {
  const folder = aFolder()
  const path = folder.file('jobs.db')
  return {
    path,
    folder: folder.path,
    /** A worker in a process of its own. */
    aProcess: (order: Omit<WorkOrder, 'path'>) => new TellingProcess('work.ts', { path, ...order }),
    /** Keeps these messages. */
    send: async (...messages: readonly NumberedMessage[]): Promise<void> => {
      await using store = openSqlite(path)
      await new Worker({ store, tasks: none }).send(...messages)
    },
    /** A worker in this process, which works until it is left. */
    here: (tasks: Partial<NumberedTasks> = {}, options: Partial<WorkerOptions<NumberedTasks>> = {}) =>
      working(path, { ...none, ...tasks }, options),
    jobs: () => jobsIn(path),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

function working(path: string, tasks: NumberedTasks, options: Partial<WorkerOptions<NumberedTasks>>) {
  const store = openSqlite(path, options.clock === undefined ? {} : { clock: options.clock })
  const began: number[] = []
  const worker = new Worker({
    store,
    ...options,
    tasks: {
      work: (payload: Numbered) => {
        began.push(payload.n)
        return tasks.work(payload)
      },
      poison: tasks.poison,
    },
  })
  const stop = new AbortController()
  const run = worker.run(stop.signal)
  return {
    worker,
    /** The numbers of the messages whose handler was called here. */
    began,
    /** Resolves once so many jobs of the file are done, by whomever. */
    hasDone: (count: number) => until(async () => (await worker.count()).done >= count),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await run
      await store[Symbol.asyncDispose]()
    },
  }
}
