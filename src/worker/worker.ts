import { randomUUID } from 'node:crypto'
import { MAX_TIMEOUT_MS, type ResolvedTask, resolveTask } from '../attempt/resolved-task.ts'
import { Bell } from '../channel/bell.ts'
import { type Clock, systemClock, systemRandom } from '../core/clock.ts'
import { WillcallError } from '../core/errors.ts'
import { events } from '../core/events.ts'
import type { JobOf, JobState } from '../core/job.ts'
import type { Check, JobId, MessageOf, Tasks } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { DEFAULT_RETRY, type RetryOptions, retryPolicy } from '../core/retry.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import { MemoryStore } from '../store/memory.ts'
import type { Counts, KeptJob, Store } from '../store/store.ts'
import { transactionsOf } from '../store/transactions-of.ts'
import { Entrance } from './entrance.ts'
import { type Explanation, explain } from './explain.ts'
import { Loop } from './loop.ts'
import { type Sender, type WithOptions, WorkerSender } from './sender.ts'

/** Most jobs that one `list` answers with. */
export const MAX_LIST = 1_000

export interface WorkerOptions<T> {
  /** A handler for each task: a function, or `task({ run, … })`. */
  readonly tasks: T & Check<T>
  /** Where jobs are kept. Default: in memory, with `capacity` places. */
  readonly store?: Store
  /** How many jobs may be in work at once. Default 10. */
  readonly concurrency?: number
  /** In memory: how many messages may be kept at once, waiting or in work. Default 100. */
  readonly capacity?: number
  /** For tasks that say nothing else. Default 60,000. */
  readonly timeoutMs?: number
  /** For tasks that say nothing else. Default: 25 attempts, 1 s to 5 min. */
  readonly retry?: RetryOptions
  /** How long `once` remembers a job after its end. Default 86,400,000 (24 h). */
  readonly onceForMs?: number
  /** How long handlers may go on after the stop signal. Default 20,000. */
  readonly graceMs?: number
  /** How long handlers may take to settle once their own signal is aborted. Default 2,000. */
  readonly deadlineMs?: number
  readonly clock?: Clock
  /** Uniform in [0, 1); spreads retries. Default: Math.random. */
  readonly random?: () => number
}

export interface ListOptions {
  readonly state?: JobState
  readonly task?: string
  /** Only jobs sent later than this one: the last of the page before. */
  readonly after?: string
  /** Default 100, at most 1,000. */
  readonly limit?: number
}

export interface ReplayOptions {
  /** Default: every dead job. */
  readonly ids?: readonly string[]
  readonly task?: string
}

/**
 * Keeps messages and calls a handler with each until it is done or dead.
 * In memory nothing survives the process: `run` resolves with what was not done.
 */
export class Worker<const T extends Tasks> implements Sender<MessageOf<T>> {
  readonly #store: Store
  readonly #tasks: ReadonlyMap<string, ResolvedTask>
  readonly #clock: Clock
  readonly #sender: WorkerSender<MessageOf<T>>
  readonly #loop: Loop

  constructor(options: WorkerOptions<T>) {
    const {
      concurrency = 10,
      timeoutMs = 60_000,
      onceForMs = 86_400_000,
      graceMs = 20_000,
      deadlineMs = 2_000,
    } = options
    const { clock = systemClock, random = systemRandom } = options
    wholeNumber('concurrency', concurrency, 1)
    wholeNumber('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS)
    wholeNumber('onceForMs', onceForMs, 0)
    const defaults = { timeoutMs, concurrency, onceForMs, retry: retryPolicy('retry', options.retry, DEFAULT_RETRY) }
    if (options.store !== undefined && options.capacity !== undefined) {
      throw new WillcallError('invalid_option', "capacity cannot be given with a store: it is the memory store's", {
        given: options.capacity,
      })
    }
    const tasks = Object.entries(options.tasks).map(([name, task]) => resolveTask(name, task, defaults))
    if (tasks.length === 0) throw new WillcallError('invalid_option', 'tasks must name at least one task, got none')
    this.#tasks = new Map(tasks.map((task) => [task.name, task]))
    this.#clock = clock
    this.#store = options.store ?? new MemoryStore({ capacity: options.capacity ?? 100 })
    this.#loop = new Loop({
      store: this.#store,
      tasks,
      concurrency,
      graceMs: wholeNumber('graceMs', graceMs, 0),
      deadlineMs: wholeNumber('deadlineMs', deadlineMs, 0),
      owner: randomUUID(),
      clock,
      random,
    })
    const entrance = new Entrance(this.#store)
    this.#sender = new WorkerSender({ entrance, store: this.#store, tasks: this.#tasks, clock, onceForMs }, {})
  }

  send(...messages: readonly MessageOf<T>[]): Promise<readonly JobId[]> {
    return this.#sender.sendAll(messages)
  }

  trySend(...messages: readonly MessageOf<T>[]): Promise<readonly JobId[]> | false {
    return this.#sender.trySendAll(messages)
  }

  sendIn(database: SqliteDatabase, ...messages: readonly MessageOf<T>[]): readonly JobId[] {
    return this.#sender.sendAllIn(database, messages)
  }

  /**
   * Resolves once what `sendIn` has sent is on disk; call it after the commit. Rejects with `not_kept` where the transaction was not
   * committed.
   */
  async kept(ids: readonly string[]): Promise<void> {
    await transactionsOf(this.#store, 'kept').kept(ids as readonly JobId[])
  }

  with(options: WithOptions): Sender<MessageOf<T>> {
    return this.#sender.with(options)
  }

  /**
   * Works until the signal is aborted. Then nothing new starts; handlers go on for `graceMs`, get their own signal, and have
   * `deadlineMs` more. Resolves with the messages that were not done (in memory; they also stay kept, for another `run`, as do
   * the dead, which are not among them).
   */
  async run(signal: AbortSignal = new AbortController().signal): Promise<readonly MessageOf<T>[]> {
    if (this.#loop.running) {
      throw new WillcallError('already_running', 'the worker cannot run twice at once: it is running')
    }
    events['worker.started'].publish({ tasks: [...this.#tasks.keys()] })
    await this.#loop.run(signal)
    return this.#store.features.has('durable') ? [] : await this.#notDone()
  }

  async #notDone(): Promise<readonly MessageOf<T>[]> {
    const { waiting } = await this.#store.count()
    const jobs = await this.#store.list({ state: 'waiting' }, { after: undefined, limit: waiting })
    const own = jobs.filter(({ task }) => this.#tasks.has(task))
    return own.map(({ task, payload }) => Object.assign({ task }, payload) as MessageOf<T>)
  }

  /** Resolves once nothing waits and nothing is in work. */
  async idle(): Promise<void> {
    const bell = new Bell()
    const deafen = this.#store.changed.onRing(() => bell.ring())
    const left = async (): Promise<boolean> => {
      const { waiting, running } = await this.#store.count()
      return waiting + running > 0
    }
    try {
      while (await left()) await bell.sleep()
    } finally {
      deafen()
    }
  }

  /** The job as it is now; undefined where none is kept under this id. In memory the last 1,000 done are kept. */
  async find(jobId: string): Promise<JobOf<T> | undefined> {
    const job = await this.#store.find(jobId as JobId)
    return job && shown(job)
  }

  /** Jobs in the order they were sent. */
  async list(options: ListOptions = {}): Promise<readonly JobOf<T>[]> {
    const { state, task, after, limit = 100 } = options
    const page = { after: after as JobId | undefined, limit: wholeNumber('limit', limit, 1, MAX_LIST) }
    const jobs = await this.#store.list({ state, task }, page)
    return jobs.map((job) => shown<T>(job))
  }

  /** How many jobs are kept, by state. */
  count(): Promise<Counts> {
    return this.#store.count()
  }

  async explain(jobId: string): Promise<Explanation> {
    const job = await this.#store.find(jobId as JobId)
    const { places, running } = this.#loop
    const ofTask = job && places.of(job.task)
    return explain(job, {
      now: this.#clock.now(),
      running,
      free: places.free,
      freeOfTask: ofTask && places.freeOf(ofTask),
      upstream: ofTask?.task.upstream,
    })
  }

  /**
   * Brings dead jobs back, the oldest first, with all their attempts; resolves with how many. In memory only as many come
   * back as have room.
   */
  async replay({ ids, task }: ReplayOptions = {}): Promise<number> {
    const count = await this.#store.change(
      { ids: ids as readonly JobId[] | undefined, task, state: 'dead' },
      { kind: 'replay' },
      this.#clock.now(),
    )
    if (count > 0) events['job.replayed'].publish({ count })
    return count
  }
}

function shown<T>({
  id,
  task,
  payload,
  state,
  priority,
  sentAt,
  runAt,
  tries,
  progress,
  endedAt,
  result,
  dead,
}: KeptJob): JobOf<T> {
  const error = dead?.error ?? tries.last?.error
  return {
    id,
    task,
    payload,
    state,
    priority,
    sentAt: new Date(sentAt),
    runAt: new Date(runAt),
    attempts: tries.attempts,
    deaths: tries.deaths,
    ...(progress === undefined ? {} : { progress }),
    ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt) }),
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    ...(dead === undefined ? {} : { reason: dead.reason }),
  } as unknown as JobOf<T>
}
