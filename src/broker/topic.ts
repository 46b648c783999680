import { WillcallError } from '../core/errors.ts'
import type { JsonValue, Problem, Survives } from '../core/message.ts'
import type { StandardSchema } from '../core/standard-schema.ts'
import type { NewRecord, TopicShape } from './broker.ts'
import { BrokerTopic, type TopicBroker } from './broker-topic.ts'
import { checkedName } from './names.ts'

/** A record of a topic that makes its keys itself. */
export interface KeyedRecord<Payload> extends Pick<NewRecord<Payload>, 'payload' | 'headers'> {
  readonly key?: undefined
  readonly partition?: undefined
}

/** What a topic is made with, beside its name and the shape that its broker gives it. */
export interface TopicOptions<Input, Payload = Input> extends TopicShape {
  /** The key of each record, made of the payload as it is published. Default: the one that the publisher gives with it. */
  readonly key?: ((payload: Input) => string) | undefined
  /** Any Standard Schema. A publisher gives its input, which is kept; `run` gets its output. Default: none. */
  readonly schema?: StandardSchema<Input, Payload>
}

interface Unkeyed {
  readonly key?: undefined
}

/** Made by `topic()`. `New` is a record as a publisher gives it, `Payload` what `run` gets. */
export interface Topic<New, Payload> {
  readonly name: string
  /** The topic as this broker keeps it. */
  on(broker: TopicBroker): BrokerTopic<New, Payload>
}

/** `unknown` for every payload that can be published, a `Problem` for the others. */
type Fits<Payload> = undefined extends Payload
  ? unknown extends Payload
    ? Survives<Payload>
    : Problem<'a payload cannot be undefined: JSON has no word for it'>
  : Survives<Payload>

/**
 * A topic, written once and used with any broker: `topic('isbn-updated', { partitions: 3, schema }).on(broker)`. The type of its
 * payload is its schema's, or that of the parameter of its `key`, or the one it is given: `topic<Payload>(name)`.
 */
export function topic<Input = Exclude<JsonValue, undefined>, Payload = Input>(
  name: string & Fits<Input>,
  options?: TopicOptions<Input, Payload> & Unkeyed,
): Topic<NewRecord<Input>, Payload>
// Last, since the compiler tells what this one has against a call that neither takes.
export function topic<Input, Payload = Input>(
  name: string & Fits<Input>,
  options: TopicOptions<Input, Payload>,
): Topic<KeyedRecord<Input>, Payload>
export function topic(name: string, options: TopicOptions<unknown> = {}): Topic<NewRecord, unknown> {
  const { key, schema, ...shape } = options
  checkedName('topic', name)
  if (key !== undefined && typeof key !== 'function') throw refused(name, 'key must be a function', key)
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw refused(name, 'schema must be a Standard Schema', schema)
  }
  return { name, on: (broker) => new BrokerTopic(broker, { name, shape, key, schema }) }
}

function refused(name: string, what: string, given: unknown): WillcallError {
  return new WillcallError('invalid_option', `the ${what}, got ${typeof given}, for the topic ${name}`, { given })
}
