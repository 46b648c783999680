/** A message of this benchmark as callers write it: a fresh object each. */
export interface Noop {
  readonly n: number
}

/** What is called for each message. The same asynchronous function in every case, since a call to an API would be one too. */
export type Handler = (message: Noop) => Promise<void>

/** Handlers that run at once, in every case. */
export const CONCURRENCY = 10
/** Messages that are sent and not yet worked, in every case: the seed's channel of 100. */
export const PLACES = 100

/** How messages are sent: in calls of 100, or one by one. */
export type CallSize = 1 | 100

interface Sending {
  readonly handler: Handler
  readonly callSize: CallSize
  /** Some handlers throw; their messages must be sent again until they succeed. */
  readonly failing: boolean
  /** Aborted when nothing more will be sent. */
  readonly signal: AbortSignal
}

/** Sends the messages 0 to `count` - 1, and resolves when each has been worked. */
export type Pass = (count: number) => Promise<void>

/** Makes the queue in question, and answers with what sends through it, as often as asked. */
export type MakePass = (sending: Sending) => Pass

/** The messages from `first` up to `last`, without `last`. */
export function messagesOf(first: number, last: number): Noop[] {
  const messages: Noop[] = []
  for (let n = first; n < last; n += 1) messages.push({ n })
  return messages
}
