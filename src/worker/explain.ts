import type { JobState } from '../core/job.ts'
import type { TaskUpstream } from '../core/upstream.ts'
import type { KeptJob } from '../store/store.ts'

/** Why a job is not running, until when, and what would free it. */
export interface Explanation {
  readonly state: JobState | 'not_kept'
  readonly why: string
  /** When it is taken up again, where that is known. */
  readonly until?: Date
  readonly freedBy: string
}

/** What the worker knows that the store does not. */
export interface Situation {
  readonly now: number
  readonly running: boolean
  /** Free places of the worker, and of the job's task; undefined where this worker does not know the task. */
  readonly free: number
  readonly freeOfTask: number | undefined
  /** The upstream of the job's task. */
  readonly upstream: TaskUpstream | undefined
}

export function explain(job: KeptJob | undefined, situation: Situation): Explanation {
  if (job === undefined) {
    return {
      state: 'not_kept',
      why: 'no such job is kept: it was never sent here, or was done long ago',
      freedBy: 'nothing',
    }
  }
  switch (job.state) {
    case 'running':
      return { state: 'running', why: 'it is running', freedBy: 'nothing is in its way' }
    case 'done':
      return { state: 'done', why: 'it is done', freedBy: 'nothing is left to do' }
    case 'dead':
      return { state: 'dead', why: `it is dead (${job.dead?.reason}): ${job.dead?.error}`, freedBy: 'replay' }
    case 'waiting':
      return { state: 'waiting', ...waiting(job, situation) }
    default:
      return job.state satisfies never
  }
}

function waiting(job: KeptJob, { now, running, free, freeOfTask, upstream }: Situation): Omit<Explanation, 'state'> {
  if (job.runAt > now) return { why: notDue(job), until: new Date(job.runAt), freedBy: 'that time' }
  if (!running) return { why: 'this worker does not run', freedBy: 'run()' }
  if (freeOfTask === undefined) return { why: `this worker has no task ${job.task}`, freedBy: 'a worker that has it' }
  // Less than none are free while the store cannot settle what has ended.
  if (free <= 0) return { why: 'every place of the worker is taken', freedBy: 'the end of any job in work' }
  if (freeOfTask <= 0) return { why: `every place of ${job.task} is taken`, freedBy: 'the end of a job of this task' }
  if (upstream?.free() === 0) return heldBy(upstream)
  return { why: 'it is about to run', freedBy: 'nothing is in its way' }
}

function heldBy(upstream: TaskUpstream): Omit<Explanation, 'state'> {
  const { name, closedUntil, closedBecause } = upstream
  if (closedUntil === undefined) {
    const freedBy = 'the end of a call to this upstream, or time, where its calls are limited'
    return { why: `the upstream ${name} takes no more calls now`, freedBy }
  }
  const freedBy = 'that time, or open() of the upstream'
  return { why: `the upstream ${name} is closed: ${closedBecause}`, until: closedUntil, freedBy }
}

function notDue({ tries: { attempts, last } }: KeptJob): string {
  if (last === undefined) return 'it was sent for later'
  switch (last.kind) {
    case 'retry':
      return `attempt ${attempts} failed: ${last.error}`
    case 'snoozed':
      return `its handler asked for a later time: ${last.error}`
    case 'unknown':
      return `nobody knows yet whether its last attempt took effect: ${last.error}`
    default:
      return last.kind satisfies never
  }
}
