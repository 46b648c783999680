import { WillcallError } from '../../core/errors.ts'
import { wholeNumber } from '../../core/option.ts'
import { partsOf, type SqliteStore } from '../../store/sqlite/sqlite-store.ts'
import type { Broker } from '../broker.ts'
import { LocalBroker } from './local-broker.ts'

export interface TopicsOptions {
  /** How many bytes a topic takes at most: its payloads, keys and headers. Default 4,294,967,296 (4 GiB). */
  readonly maxTopicBytes?: number
}

const opened = new WeakMap<SqliteStore, LocalBroker>()

/**
 * Topics in the file of this store, for all processes that have opened it. What is published within the transaction of a handler, or
 * with `publishIn`, is there if and only if all else of that transaction is. The same store has the same topics however often they
 * are opened, and closes them before itself.
 */
export function openTopics(store: SqliteStore, options: TopicsOptions = {}): Broker {
  const { maxTopicBytes = 4_294_967_296 } = options
  const most = wholeNumber('maxTopicBytes', maxTopicBytes, 1)
  const parts = partsOf(store)
  if (parts === undefined) throw noStore()
  const before = opened.get(store)
  if (before !== undefined && !before.isClosing) {
    if (options.maxTopicBytes === undefined || before.maxTopicBytes === most) return before
    throw conflict(before.maxTopicBytes, most)
  }
  const broker = new LocalBroker(parts, { maxTopicBytes: most })
  opened.set(store, broker)
  return broker
}

const noStore = (): WillcallError =>
  new WillcallError('invalid_option', 'topics can be opened on a store that openSqlite has made, and on no other')

const conflict = (before: number, now: number): WillcallError =>
  new WillcallError('conflict', `the topics of this store are open with maxTopicBytes ${before}, not ${now}`, {
    given: now,
  })
