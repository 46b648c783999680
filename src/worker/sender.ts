import { hash } from 'node:crypto'
import type { ResolvedTask } from '../attempt/resolved-task.ts'
import type { Clock } from '../core/clock.ts'
import { WillcallError } from '../core/errors.ts'
import { events } from '../core/events.ts'
import type { JobId } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { payloadOf } from '../core/payload.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import { type StandardSchema, validate, validateNow } from '../core/standard-schema.ts'
import type { OnceKey } from '../core/task.ts'
import { HIGHEST_PRIORITY } from '../store/ready-jobs.ts'
import type { Call, NewJob, Once, Store } from '../store/store.ts'
import { transactionsOf } from '../store/transactions-of.ts'
import type { Entrance } from './entrance.ts'

export const DEFAULT_PRIORITY = 8
/** Longest delay, in milliseconds: 100 years. */
const MAX_DELAY_MS = 3_155_760_000_000
/** Longest name of a task that is not known here, in UTF-16 code units. */
const MAX_TASK_NAME = 1_000
/** Longest once key, in UTF-16 code units. */
export const MAX_ONCE_KEY = 1_000

export interface WithOptions {
  /** Run not before this many milliseconds from now. */
  readonly delayMs?: number
  /** Run not before this time. */
  readonly runAt?: Date
  /** 0 to 15, the highest first among the jobs of a task. Default 8. */
  readonly priority?: number
  /**
   * The same text again answers with the first call's ids, and keeps nothing new, until `onceForMs` after its jobs ended.
   * With other messages it is refused (`conflict`); give `{ key, content }` to say what else must be equal.
   */
  readonly once?: string | OnceKey
  /** Default: the worker's. */
  readonly onceForMs?: number
  /** Ends the wait for room: the call rejects with its reason, and nothing is kept. */
  readonly signal?: AbortSignal
}

/** Sends messages, all of one call or none. */
export interface Sender<Message> {
  /**
   * Resolves with the ids, in order, once every message is kept: from then on each is worked, or found among the dead. Waits
   * while there is no room, for as long as it takes: end the wait with `with({ signal })`. Rejects, and keeps nothing of the
   * call, with `payload_refused`, `unknown_task`, `too_large`, `conflict` or `too_many_dead`.
   */
  send(...messages: readonly Message[]): Promise<readonly JobId[]>
  /** False at once where there is no room, else the promise of `send`. A message that is refused is thrown at once. */
  trySend(...messages: readonly Message[]): Promise<readonly JobId[]> | false
  /**
   * Sends within the caller's own transaction, with what else it writes: on a connection of its own to the file of `openSqlite`, or
   * on the one that `context.transaction` gives. Synchronous. The messages are sent by its commit and never were after a rollback;
   * `worker.kept(ids)` resolves once they are on disk. Throws what `send` rejects with; `no_room` where there is none; `unsupported`
   * with another store; and `invalid_option` where the database is not open on that file, by the same better-sqlite3, in a transaction.
   */
  sendIn(database: SqliteDatabase, ...messages: readonly Message[]): readonly JobId[]
  /** A sender with these options, on top of this one's. */
  with(options: WithOptions): Sender<Message>
}

export interface Outlet {
  readonly entrance: Entrance
  readonly store: Store
  /** Undefined where only other processes have them. */
  readonly tasks: ReadonlyMap<string, ResolvedTask> | undefined
  readonly clock: Clock
  readonly onceForMs: number
}

interface AnyMessage {
  readonly task: string
}

export class WorkerSender<Message extends AnyMessage> implements Sender<Message> {
  readonly #outlet: Outlet
  readonly #options: WithOptions

  constructor(outlet: Outlet, options: WithOptions) {
    this.#outlet = outlet
    this.#options = options
    const { delayMs, runAt, priority, onceForMs } = options
    if (delayMs !== undefined) wholeNumber('delayMs', delayMs, 0, MAX_DELAY_MS)
    if (priority !== undefined) wholeNumber('priority', priority, 0, HIGHEST_PRIORITY)
    if (onceForMs !== undefined) wholeNumber('onceForMs', onceForMs, 0)
    if (runAt !== undefined && !(runAt instanceof Date && Number.isFinite(runAt.getTime()))) {
      throw new WillcallError('invalid_option', `runAt must be a valid Date, got ${String(runAt)}`, { given: runAt })
    }
    if (runAt !== undefined && delayMs !== undefined) {
      throw new WillcallError('invalid_option', 'delayMs and runAt cannot both be given', { given: options })
    }
  }

  with(options: WithOptions): Sender<Message> {
    const inherited =
      options.delayMs !== undefined || options.runAt !== undefined ? withoutTime(this.#options) : this.#options
    return new WorkerSender(this.#outlet, { ...inherited, ...options })
  }

  send(...messages: readonly Message[]): Promise<readonly JobId[]> {
    return this.sendAll(messages)
  }

  trySend(...messages: readonly Message[]): Promise<readonly JobId[]> | false {
    return this.trySendAll(messages)
  }

  sendAll(messages: readonly Message[]): Promise<readonly JobId[]> {
    const { entrance } = this.#outlet
    try {
      const late: Promise<unknown>[] = []
      const call = this.#call(messages, (schema, payload, what) => {
        const output = validate(schema, payload, what)
        if (!(output instanceof Promise)) return
        late.push(output)
        // Another message may be refused before all are waited for.
        output.catch(() => {})
      })
      if (late.length > 0) return Promise.all(late).then(() => told(call, entrance.enqueue(call, this.#options.signal)))
      return told(call, entrance.enqueue(call, this.#options.signal))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  trySendAll(messages: readonly Message[]): Promise<readonly JobId[]> | false {
    const call = this.#call(messages, validateNow)
    const kept = this.#outlet.entrance.tryEnqueue(call)
    return kept && told(call, kept)
  }

  sendIn(database: SqliteDatabase, ...messages: readonly Message[]): readonly JobId[] {
    return this.sendAllIn(database, messages)
  }

  sendAllIn(database: SqliteDatabase, messages: readonly Message[]): readonly JobId[] {
    const transactions = transactionsOf(this.#outlet.store, 'sendIn')
    return transactions.enqueueIn(database, this.#call(messages, validateNow))
  }

  /** The messages, checked. */
  #call(messages: readonly Message[], check: (schema: StandardSchema, payload: object, what: string) => void): Call {
    const { delayMs, runAt, priority = DEFAULT_PRIORITY, once } = this.#options
    const { clock, tasks, onceForMs } = this.#outlet
    const now = clock.now()
    const at = runAt?.getTime() ?? now + (delayMs ?? 0)
    const jobs: NewJob[] = []
    let onceByJob: (Once | undefined)[] | undefined
    for (const message of messages) {
      const task = taskOf(message, tasks)
      const payload = payloadOf(message)
      if (task === undefined) {
        jobs.push({ task: message.task, payload })
        continue
      }
      const { schema, once: onceOf } = task.definition
      if (schema !== undefined) check(schema, payload, `the payload of ${task.name}`)
      if (onceOf !== undefined) (onceByJob ??= [])[jobs.length] = this.#onceOf(task, onceOf(payload), payload)
      jobs.push({ task: task.name, payload })
    }
    if (once === undefined) return { jobs, priority, runAt: at, once: undefined, onceByJob, now }
    const content = (): string => canonical(jobs.map(({ task, payload }) => [task, payload]))
    const onceOfCall = this.#once(`call ${keyOf(once)}`, contentOf(once, content), onceForMs)
    return { jobs, priority, runAt: at, once: onceOfCall, onceByJob, now }
  }

  #onceOf({ name, onceForMs }: ResolvedTask, once: string | OnceKey, payload: object): Once {
    return this.#once(
      `task ${JSON.stringify(name)} ${keyOf(once)}`,
      contentOf(once, () => canonical(payload)),
      onceForMs,
    )
  }

  #once(key: string, content: string, forMs: number): Once {
    return { key, content: hash('sha256', content, 'base64'), forMs: this.#options.onceForMs ?? forMs }
  }
}

/** Publishes `job.sent` for each message, once all are kept. */
async function publishSent({ jobs }: Call, kept: Promise<readonly JobId[]>): Promise<readonly JobId[]> {
  const ids = await kept
  for (const [index, jobId] of ids.entries()) events['job.sent'].publish({ jobId, task: jobs[index]?.task ?? '' })
  return ids
}

const told = (call: Call, kept: Promise<readonly JobId[]>): Promise<readonly JobId[]> =>
  events['job.sent'].hasSubscribers ? publishSent(call, kept) : kept

/** JSON with sorted keys: equal for equal content. */
const canonical = (content: unknown): string =>
  JSON.stringify(content, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )

const contentOf = (once: string | OnceKey, otherwise: () => string): string =>
  typeof once === 'string' ? otherwise() : once.content

function keyOf(once: string | OnceKey): string {
  const key = typeof once === 'string' ? once : once?.key
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_ONCE_KEY) return key
  const given = typeof key === 'string' ? `one of ${key.length}` : typeof key
  throw new WillcallError('invalid_option', `once must be a text of 1 to ${MAX_ONCE_KEY} characters, got ${given}`, {
    given: once,
  })
}

function withoutTime({ delayMs: _delayMs, runAt: _runAt, ...rest }: WithOptions): WithOptions {
  return rest
}

/** Undefined where only other processes have the tasks, and any name may be one of theirs. */
function taskOf(message: AnyMessage, tasks: ReadonlyMap<string, ResolvedTask> | undefined): ResolvedTask | undefined {
  const name: unknown = message?.task
  if (tasks === undefined && typeof name === 'string' && name.length <= MAX_TASK_NAME && name.isWellFormed()) {
    return undefined
  }
  const task = tasks?.get(message?.task)
  if (task === undefined) throw unknownTask(message, tasks ?? new Map())
  return task
}

function unknownTask(message: AnyMessage, tasks: ReadonlyMap<string, ResolvedTask>): WillcallError {
  const known = tasks.size === 0 ? 'a well-formed text' : `one of ${[...tasks.keys()].join(', ')}`
  return new WillcallError(
    'unknown_task',
    `the message could not be kept: its task must be ${known}, got ${shown(message?.task)}`,
    { given: message },
  )
}

const shown = (task: unknown): string => (typeof task === 'string' ? JSON.stringify(task.slice(0, 100)) : typeof task)
