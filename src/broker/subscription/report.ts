import type { Attempt } from '../../attempt/attempt.ts'
import { events, type Events } from '../../core/events.ts'
import type { Assigned, Commit } from '../membership.ts'
import type { Unfinished } from './unfinished.ts'

/** What the broker could not do. */
export type Failed = Events['broker.failed']['verb']

type OfAttempt = Events['record.done']

export function reportFailure(group: string, verb: Failed, error: unknown): void {
  events['broker.failed'].publish({ group, verb, error })
}

export function reportPartition(
  fact: 'partition.taken' | 'partition.released' | 'partition.lost',
  group: string,
  { topic, partition }: Assigned,
): void {
  if (events[fact].hasSubscribers) events[fact].publish({ group, topic, partition })
}

/** The dead of a commit that is written. */
export function reportCommit(group: string, commit: Commit): void {
  if (!events['record.dead'].hasSubscribers) return
  for (const { record, reason, error, attempts, deaths } of commit.dead) {
    const { topic, partition, offset } = record
    events['record.dead'].publish({ group, topic, partition, offset, reason, error, attempts, deaths })
  }
}

export function reportLate(group: string, attempt: Attempt<Unfinished>, thrown: readonly unknown[]): void {
  if (!events['record.late'].hasSubscribers) return
  const fact = factOf(group, attempt)
  events['record.late'].publish(thrown.length === 0 ? fact : { ...fact, error: thrown[0] })
}

function factOf(group: string, { job, number }: Attempt<Unfinished>): OfAttempt {
  const { topic, partition, offset } = job.read
  return { group, topic, partition, offset, attempt: number }
}

/** How a committed attempt ended, unless its record is dead. */
export function reportEnding(group: string, attempt: Attempt<Unfinished>): void {
  const { ending, error } = attempt
  switch (ending.kind) {
    case 'done':
      if (events['record.done'].hasSubscribers) events['record.done'].publish(factOf(group, attempt))
      break
    case 'retry':
    case 'snoozed':
    case 'unknown':
      if (!events['record.failed'].hasSubscribers) break
      events['record.failed'].publish({ ...factOf(group, attempt), ending: ending.kind, error, at: ending.at })
      break
    case 'dead':
      break
    default:
      ending satisfies never
  }
}
