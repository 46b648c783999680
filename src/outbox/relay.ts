import type { Broker, SubscribeOptions, TopicRecord } from '../broker/broker.ts'
import { deathOf } from '../broker/dead-record.ts'
import { checkedName } from '../broker/names.ts'
import { ID_HEADER, ownHeaders } from '../broker/own-headers.ts'
import { thrownIs, WillcallError } from '../core/errors.ts'

export interface RelayOptions extends Omit<SubscribeOptions, 'group' | 'run' | 'schema'> {
  readonly from: Pick<Broker, 'publish' | 'subscribe'>
  readonly to: Pick<Broker, 'publish'>
  /** Whose offsets and dead records these are in `from`. Default `relay`. */
  readonly group?: string
}

/**
 * Publishes what is published in `from` to the topics of the same names in `to`, with its key, payload and headers, and in the
 * order that `order` says. The header `willcall-id` is the same however often a record is published, and over many relays, so that
 * the receiver can drop doubles: there are such of what was in work when its process died. A record that cannot be published is
 * tried again, and after its attempts it is dead in `from`. Relay a topic in one direction only: there and back it would go on for
 * ever.
 *
 * Resolves once its signal has stopped it. Rejects with `unknown_topic` where one of the brokers lacks a topic, before it begins.
 */
export async function relay({ from, to, topics, group = 'relay', ...options }: RelayOptions): Promise<void> {
  if (typeof from?.subscribe !== 'function') throw wrong('from must be a broker', from)
  if (typeof to?.publish !== 'function') throw wrong('to must be a broker', to)
  if (from === to) throw new WillcallError('invalid_option', 'from and to must be two brokers, got the same')
  if (!Array.isArray(topics)) throw wrong('topics must be a list of names', topics)
  for (const topic of topics) {
    checkedName('topic', topic)
    await checkTopic(from, 'from', topic)
    await checkTopic(to, 'to', topic)
  }
  await from.subscribe({
    ...options,
    topics,
    group,
    run: async (_payload, { record: { topic, key, payload, headers }, idempotencyKey }) => {
      const id = idOf(headers) ?? idempotencyKey
      await to.publish(topic, [{ key, payload, headers: ownHeaders({ ...headers, [ID_HEADER]: id }) }])
    },
  })
}

/** Which another relay has given it. Not that of a dead record: several groups may have buried the same. */
const idOf = (headers: TopicRecord['headers']): string | undefined =>
  deathOf(headers) === undefined ? headers[ID_HEADER] : undefined

/** Publishing nothing asks for nothing but the topic. */
async function checkTopic(broker: Pick<Broker, 'publish'>, which: 'from' | 'to', topic: string): Promise<void> {
  try {
    await broker.publish(topic, [])
  } catch (cause) {
    if (!thrownIs(cause, WillcallError) || cause.code !== 'unknown_topic') throw cause
    const why = `the relay cannot begin: ${which} has no topic ${topic}`
    throw new WillcallError('unknown_topic', why, { cause, given: topic })
  }
}

const wrong = (why: string, given: unknown): WillcallError =>
  new WillcallError('invalid_option', `${why}, got ${typeof given}`, { given })
