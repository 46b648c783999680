import type { TopicRecord } from './broker.ts'

export const originOf = (record: TopicRecord): TopicRecord => record
