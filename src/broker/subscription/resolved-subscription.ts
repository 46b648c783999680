import { MAX_TIMEOUT_MS, type ResolvedTask } from '../../attempt/resolved-task.ts'
import { WillcallError } from '../../core/errors.ts'
import { wholeNumber } from '../../core/option.ts'
import { DEFAULT_RETRY, retryPolicy } from '../../core/retry.ts'
import type { AnyDefinition } from '../../core/task.ts'
import type { Order, SubscribeOptions } from '../broker.ts'
import { checkedName } from '../names.ts'

/** Most topics of one subscription. */
const MAX_TOPICS = 1_000
/** Most records that one subscription has in work at once. */
const MAX_CONCURRENCY = 10_000
const ORDERS: ReadonlySet<Order> = new Set(['key', 'partition', 'none'])

/** The options with every default in its place, checked. */
export interface ResolvedSubscription {
  readonly topics: readonly string[]
  readonly group: string
  readonly order: Order
  readonly concurrency: number
  readonly maxDeaths: number
  readonly graceMs: number
  readonly deadlineMs: number
  readonly task: ResolvedTask
}

export function resolveSubscription<Payload>(options: SubscribeOptions<Payload>): ResolvedSubscription {
  const { topics, group, order = 'key', concurrency = 10, maxDeaths = 3 } = options
  const { timeoutMs = 60_000, graceMs = 20_000, deadlineMs = 2_000, run, schema, signal } = options
  if (typeof run !== 'function') throw wrong('run', 'a function', run)
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw wrong('schema', 'a Standard Schema', schema)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrong('signal', 'an AbortSignal', signal)
  if (!ORDERS.has(order)) throw wrong('order', `one of ${[...ORDERS].join(', ')}`, order)
  wholeNumber('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS)
  return {
    topics: checkedTopics(topics),
    group: checkedName('group', group),
    order,
    concurrency: wholeNumber('concurrency', concurrency, 1, MAX_CONCURRENCY),
    maxDeaths: wholeNumber('maxDeaths', maxDeaths, 2),
    graceMs: wholeNumber('graceMs', graceMs, 0),
    deadlineMs: wholeNumber('deadlineMs', deadlineMs, 0),
    task: {
      name: group,
      definition: { run, schema } as unknown as AnyDefinition,
      timeoutMs,
      concurrency,
      retry: retryPolicy('retry', options.retry, DEFAULT_RETRY),
      onceForMs: 0,
      settlesWithinMs: timeoutMs,
      upstream: undefined,
    },
  }
}

function checkedTopics(topics: readonly string[]): readonly string[] {
  if (!Array.isArray(topics) || topics.length === 0 || topics.length > MAX_TOPICS) {
    throw wrong('topics', `a list of 1 to ${MAX_TOPICS} names`, topics)
  }
  return [...new Set(topics.map((topic: string) => checkedName('topic', topic)))]
}

function wrong(name: string, expected: string, given: unknown): WillcallError {
  const shown =
    typeof given === 'string'
      ? JSON.stringify(given.slice(0, 100))
      : Array.isArray(given)
        ? `${given.length}`
        : typeof given
  return new WillcallError('invalid_option', `${name} must be ${expected}, got ${shown}`, { given })
}
