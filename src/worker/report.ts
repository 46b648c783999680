import type { Attempt } from '../attempt/attempt.ts'
import { events } from '../core/events.ts'
import type { JobId } from '../core/message.ts'
import type { KeptJob } from '../store/store.ts'

export type JobAttempt = Attempt<KeptJob>

export const factOf = ({ job, number }: JobAttempt): { jobId: JobId; task: string; attempt: number } => ({
  jobId: job.id,
  task: job.task,
  attempt: number,
})

const NOT_DONE = {
  retry: events['attempt.failed'],
  snoozed: events['attempt.snoozed'],
  unknown: events['attempt.unknown'],
}

/** Publishes how a settled attempt ended. */
export function reportEnding(attempt: JobAttempt): void {
  if (attempt.givenBack) return
  const { ending } = attempt
  switch (ending.kind) {
    case 'done':
      if (events['job.done'].hasSubscribers) {
        events['job.done'].publish({ ...factOf(attempt), reconciled: attempt.isReconciled })
      }
      break
    case 'dead':
      if (events['job.dead'].hasSubscribers) {
        events['job.dead'].publish({ ...factOf(attempt), reason: ending.reason, error: attempt.error })
      }
      break
    case 'retry':
    case 'snoozed':
    case 'unknown':
      if (NOT_DONE[ending.kind].hasSubscribers) {
        NOT_DONE[ending.kind].publish({ ...factOf(attempt), error: attempt.error, at: ending.at })
      }
      break
    default:
      ending satisfies never
  }
}
