import { type Channel, channel } from 'node:diagnostics_channel'
import type { DeadReason } from './ending.ts'
import type { JobId } from './message.ts'

interface OfJob {
  readonly jobId: JobId
  readonly task: string
}

interface OfAttempt extends OfJob {
  /** 1 for the first. */
  readonly attempt: number
}

interface NotDone extends OfAttempt {
  readonly error: unknown
  /** When the job is taken up again, in milliseconds since 1970. */
  readonly at: number
}

/** A record, as a group has it. */
interface OfRecord {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

type OfPartition = Omit<OfRecord, 'offset'>

/** Every fact that willcall publishes, on the `node:diagnostics_channel` named `willcall.` and the fact. */
export interface Events {
  /** A message is kept, or was before, under the same once key. */
  readonly 'job.sent': OfJob
  /** A handler is called. */
  readonly 'attempt.started': OfAttempt
  /** The handler threw; the job is tried again. */
  readonly 'attempt.failed': NotDone
  /** The handler asked for a later time. */
  readonly 'attempt.snoozed': NotDone
  /** Time-out, stop, UnknownError, or a reconcile that gave no final answer. */
  readonly 'attempt.unknown': NotDone
  /** A handler settled after its attempt had been ended by its time-out or a stop; what it said does not count. */
  readonly 'attempt.late': OfAttempt & { readonly error?: unknown }
  /** `reconciled`: not by its handler, but since `reconcile` found that an earlier attempt had taken effect. */
  readonly 'job.done': OfAttempt & { readonly reconciled: boolean }
  readonly 'job.dead': OfAttempt & { readonly reason: DeadReason; readonly error: unknown }
  /** Dead jobs were brought back. */
  readonly 'job.replayed': { readonly count: number }
  /** The job is done, but what its handler returned is no JSON value, so it is not kept. */
  readonly 'result.refused': OfJob & { readonly error: string }
  readonly 'worker.started': { readonly tasks: readonly string[] }
  readonly 'worker.stopping': { readonly inWork: number }
  readonly 'worker.stopped': { readonly unknown: number }
  /** The store could not do what it was asked; the worker asks again. */
  readonly 'store.failed': {
    readonly verb: 'change' | 'claim' | 'recall' | 'remember' | 'settle'
    readonly error: unknown
  }
  /** No job of it is taken up before `until`, unless it is opened by hand. */
  readonly 'upstream.closed': { readonly upstream: string; readonly why: string; readonly until: Date }
  /** A call was answered again, from where on it opens step by step; or it was opened by hand, fully. */
  readonly 'upstream.opened': { readonly upstream: string; readonly why: string }
  /** A record is committed as done. */
  readonly 'record.done': OfRecord & { readonly attempt: number }
  /** It is tried again at this time, in milliseconds since 1970. */
  readonly 'record.failed': OfRecord & {
    readonly attempt: number
    /** `retry`: its handler threw. `snoozed`: it asked for a later time. `unknown`: a time-out, a stop, or an UnknownError. */
    readonly ending: 'retry' | 'snoozed' | 'unknown'
    readonly error: unknown
    readonly at: number
  }
  /** It is kept in `<topic>.dead`. */
  readonly 'record.dead': OfRecord & {
    readonly reason: DeadReason
    readonly error: unknown
    readonly attempts: number
    readonly deaths: number
  }
  /** A handler settled after its attempt had been ended by its time-out or a stop; what it said does not count. */
  readonly 'record.late': OfRecord & { readonly attempt: number; readonly error?: unknown }
  /** A member of the group here holds it from now on. */
  readonly 'partition.taken': OfPartition
  /** A member here holds it no more, as it was asked to. */
  readonly 'partition.released': OfPartition
  /** Another member has it: what was in work here is handled there. */
  readonly 'partition.lost': OfPartition
  /** The broker could not do what a subscription has asked it; it asks again. */
  readonly 'broker.failed': {
    readonly group: string
    readonly verb: 'assign' | 'commit' | 'leave' | 'read' | 'release'
    readonly error: unknown
  }
  /**
   * Retention has deleted records of a `strict` topic that this group had not done, or not all of: from this offset up to, and
   * without, `to`.
   */
  readonly 'records.skipped': OfPartition & { readonly from: number; readonly to: number }
  /** What is too old in the topics of a file, or too much, could not be deleted; it is tried again. */
  readonly 'retention.failed': { readonly error: unknown }
  /** A webhook answered 500: its `messages` threw, or the store failed. */
  readonly 'webhook.failed': { readonly path: string; readonly error: unknown }
}

export type EventName = keyof Events

const names = [
  'job.sent',
  'attempt.started',
  'attempt.failed',
  'attempt.snoozed',
  'attempt.unknown',
  'attempt.late',
  'job.done',
  'job.dead',
  'job.replayed',
  'result.refused',
  'worker.started',
  'worker.stopping',
  'worker.stopped',
  'store.failed',
  'upstream.closed',
  'upstream.opened',
  'record.done',
  'record.failed',
  'record.dead',
  'record.late',
  'partition.taken',
  'partition.released',
  'partition.lost',
  'broker.failed',
  'records.skipped',
  'retention.failed',
  'webhook.failed',
] as const satisfies readonly EventName[]

/** The channels by fact. Ask `hasSubscribers` before you build what is published. */
export const events: { readonly [Name in EventName]: Channel<unknown, Events[Name]> } = Object.fromEntries(
  names.map((name) => [name, channel(`willcall.${name}`)]),
) as never

/**
 * Calls `listener` with every such fact from now on, synchronously; returns what ends that. A listener that throws ends the
 * process, as an uncaught exception does.
 */
export function subscribe<Name extends EventName>(name: Name, listener: (fact: Events[Name]) => void): () => void {
  const hear = (fact: unknown): void => listener(fact as Events[Name])
  events[name].subscribe(hear)
  return () => {
    events[name].unsubscribe(hear)
  }
}

export const eventNames: readonly EventName[] = names
