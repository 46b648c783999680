import { type Clock, systemClock } from '../core/clock.ts'
import type { JobId, MessageOf, Tasks } from '../core/message.ts'
import { wholeNumber } from '../core/option.ts'
import type { Store } from '../store/store.ts'
import { transactionsOf } from '../store/transactions-of.ts'
import { Entrance } from './entrance.ts'
import { type Sender, WorkerSender } from './sender.ts'

export interface SenderToOptions {
  /** How long `once` remembers a job after its end. Default 86,400,000 (24 h). */
  readonly onceForMs?: number
  readonly clock?: Clock
}

/** Sends without a worker. */
export interface LoneSender<Message> extends Sender<Message> {
  /** As `worker.kept`. */
  kept(ids: readonly string[]): Promise<void>
}

/**
 * Sends to workers of other processes on this store, and needs none of their code: `senderTo<typeof tasks>(store)`, with
 * `import type { tasks }`, knows their messages. What only that code can tell is not asked here: whether there is such a task, its
 * `schema` (checked before `run`), and its `once` (give it to `with`).
 */
export function senderTo<T extends Tasks>(store: Store, options: SenderToOptions = {}): LoneSender<MessageOf<T>> {
  const { onceForMs = 86_400_000, clock = systemClock } = options
  const outlet = {
    entrance: new Entrance(store),
    store,
    tasks: undefined,
    clock,
    onceForMs: wholeNumber('onceForMs', onceForMs, 0),
  }
  const sender = new WorkerSender<MessageOf<T>>(outlet, {})
  return Object.assign(sender, {
    kept: (ids: readonly string[]) => transactionsOf(store, 'kept').kept(ids as readonly JobId[]),
  })
}
