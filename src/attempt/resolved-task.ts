import { WillcallError } from '../core/errors.ts'
import type { AnyTask } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import { type RetryPolicy, retryPolicy } from '../core/retry.ts'
import type { AnyDefinition } from '../core/task.ts'
import type { TaskUpstream } from '../core/upstream.ts'

/** Longest time that a task may take, in milliseconds: 24 h. */
export const MAX_TIMEOUT_MS = 86_400_000

export interface TaskDefaults {
  readonly timeoutMs: number
  readonly concurrency: number
  readonly retry: RetryPolicy
  readonly onceForMs: number
}

/** A task with every default in its place. */
export interface ResolvedTask extends TaskDefaults {
  readonly name: string
  readonly definition: AnyDefinition
  readonly settlesWithinMs: number
  readonly upstream: TaskUpstream | undefined
}

export function resolveTask(name: string, task: AnyTask, defaults: TaskDefaults): ResolvedTask {
  const definition = (typeof task === 'function' ? { run: task } : task) as AnyDefinition
  if (typeof definition?.run !== 'function') {
    throw new WillcallError(
      'invalid_option',
      `tasks.${name} must be a function or made by task(), got ${typeof task}`,
      { given: task },
    )
  }
  if (!name.isWellFormed()) {
    throw new WillcallError(
      'invalid_option',
      `the name of a task must be well-formed text, got ${JSON.stringify(name)}`,
    )
  }
  const option = `tasks.${name}`
  const {
    timeoutMs = defaults.timeoutMs,
    concurrency = defaults.concurrency,
    onceForMs = defaults.onceForMs,
    settlesWithinMs = timeoutMs,
  } = definition
  return {
    name,
    definition,
    timeoutMs: wholeNumber(`${option}.timeoutMs`, timeoutMs, 1, MAX_TIMEOUT_MS),
    concurrency: wholeNumber(`${option}.concurrency`, concurrency, 1),
    onceForMs: wholeNumber(`${option}.onceForMs`, onceForMs, 0),
    settlesWithinMs: wholeNumber(`${option}.settlesWithinMs`, settlesWithinMs, 0),
    retry: retryPolicy(`${option}.retry`, definition.retry, defaults.retry),
    upstream: checkedUpstream(option, definition.upstream),
  }
}

function checkedUpstream(option: string, upstream: TaskUpstream | undefined): TaskUpstream | undefined {
  if (upstream === undefined || typeof upstream?.begin === 'function') return upstream
  throw new WillcallError('invalid_option', `${option}.upstream must be an Upstream, got ${typeof upstream}`, {
    given: upstream,
  })
}
