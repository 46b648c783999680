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
} from './broker.ts'
