import type { Broker, TopicRecord } from '../../src/broker/broker.ts'
import { openSqlite, openTopics } from '../../src/sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'

export const TOPIC = 'isbn-updated'

export interface TwoFiles extends AsyncDisposable {
  readonly from: Broker
  readonly to: Broker
  readonly paths: { readonly from: string; readonly to: string }
}

/** Brokers of two files, both with the topic; they go with the test. */
export async function twoFiles({ partitions = 3 } = {}): Promise<TwoFiles> {
  const folder = aFolder()
  const paths = { from: folder.file('from.db'), to: folder.file('to.db') }
  const [source, target] = [openSqlite(paths.from), openSqlite(paths.to)]
  const [from, to] = [openTopics(source), openTopics(target)]
  await Promise.all([from.createTopic(TOPIC, { partitions }), to.createTopic(TOPIC, { partitions })])
  return {
    from,
    to,
    paths,
    async [Symbol.asyncDispose]() {
      await Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose]()])
      folder[Symbol.dispose]()
    },
  }
}

/** All that a group of its own reads of the topic, in the order of each partition, until the broker is closed. */
export function reading(broker: Broker, topic: string = TOPIC): readonly TopicRecord[] {
  const records: TopicRecord[] = []
  const run = (_payload: unknown, { record }: { readonly record: TopicRecord }): void => void records.push(record)
  void broker.subscribe({ topics: [topic], group: 'reading', order: 'partition', run })
  return records
}
