export { Channel } from './channel/channel.ts'
export { type Clock, systemClock, type Timer } from './core/clock.ts'
export type { DeadReason } from './core/ending.ts'
export { errorText } from './core/error-text.ts'
export {
  ChannelClosedError,
  type ErrorCode,
  type Issue,
  PayloadError,
  PermanentError,
  RetryAfter,
  UnknownError,
  UpstreamError,
  type UpstreamErrorDetails,
  WillcallError,
} from './core/errors.ts'
export { type EventName, type Events, subscribe } from './core/events.ts'
export type { JobOf, JobState } from './core/job.ts'
export { type LogOptions, logTo } from './core/log.ts'
export type { AnyTask, JobId, MessageOf, PayloadOf, ResultOf, Tasks } from './core/message.ts'
export type { RetryOptions } from './core/retry.ts'
export type { SqliteDatabase, SqliteStatement } from './core/sqlite-database.ts'
export type { StandardSchema } from './core/standard-schema.ts'
export { type Context, type OnceKey, type PreviousEnding, type Task, type TaskDefinition, task } from './core/task.ts'
export type { TaskUpstream, UpstreamCall, UpstreamRate } from './core/upstream.ts'
export type {
  Call,
  Change,
  Claimed,
  ClaimQuery,
  Counts,
  Fact,
  Feature,
  Filter,
  KeptJob,
  NewJob,
  Once,
  Page,
  Room,
  Settlement,
  Store,
  Transactions,
  UpstreamRoom,
} from './store/store.ts'
export type { ReportedUpstream } from './upstream/call/reporter.ts'
export type { FailedCall } from './upstream/call/failed-call.ts'
export { type Fetch, upstreamFetch, type UpstreamFetchOptions } from './upstream/fetch.ts'
export { Upstream, type UpstreamOptions } from './upstream/upstream.ts'
export type { Explanation } from './worker/explain.ts'
export type { Sender, WithOptions } from './worker/sender.ts'
export { type LoneSender, senderTo, type SenderToOptions } from './worker/sender-to.ts'
export { type ListOptions, type ReplayOptions, Worker, type WorkerOptions } from './worker/worker.ts'
