export type {
  Broker,
  BrokerFeature,
  Lag,
  NewRecord,
  Order,
  Position,
  RecordContext,
  SeekTo,
  SubscribeOptions,
  TopicRecord,
  TopicShape,
} from './broker/broker.ts'
export type { BrokerTopic, TopicBroker, TopicSubscribeOptions } from './broker/broker-topic.ts'
export { type KeyedRecord, type Topic, topic, type TopicOptions } from './broker/topic.ts'
export { relay, type RelayOptions } from './outbox/relay.ts'
