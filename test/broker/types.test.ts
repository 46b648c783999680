import { describe, it } from 'node:test'
import { expectTypeOf } from 'expect-type'
import {
  type Broker,
  type BrokerTopic,
  type KeyedRecord,
  type NewRecord,
  type Position,
  type RecordContext,
  relay,
  type Topic,
  topic,
} from '../../src/topics.ts'
import { makesDate as schema } from './sample.ts'

// `npm run types` is what checks this file. types.sentences.test.ts runs it too, so that it fails with the other tests.

/** Read by the compiler, never called. */
const onlyCompiled = (..._calls: readonly (() => unknown)[]): void => {}

interface Isbn {
  readonly bookId: string
  readonly oldIsbn: string | null
  readonly newIsbn: string
}

declare const broker: Broker
declare const isbn: Isbn
declare const record: NewRecord<Isbn>
declare const maybe: ((payload: Isbn) => string) | undefined
interface Given {
  bookId: string
  at: string
}
interface Dated {
  bookId: string
  at: Date
}

describe('the payload of a topic', () => {
  it('is the one that it is given', () => {
    expectTypeOf(topic<Isbn>('a')).toEqualTypeOf<Topic<NewRecord<Isbn>, Isbn>>()
    expectTypeOf(topic<Isbn>('a', { partitions: 3 })).toEqualTypeOf<Topic<NewRecord<Isbn>, Isbn>>()
    const keyed = topic<Isbn>('a', { key: ({ bookId }) => bookId })
    expectTypeOf(keyed).toEqualTypeOf<Topic<KeyedRecord<Isbn>, Isbn>>()
  })

  it('is that of the parameter of its key', () => {
    const made = topic('a', { partitions: 3, key: ({ bookId }: Isbn) => bookId })
    expectTypeOf(made).toEqualTypeOf<Topic<KeyedRecord<Isbn>, Isbn>>()
  })

  it('is that of its schema: the input to publish, the output to run', () => {
    expectTypeOf(topic('a', { schema })).toEqualTypeOf<Topic<NewRecord<Given>, Dated>>()
    const keyed = topic('a', { schema, key: ({ bookId }) => bookId })
    expectTypeOf(keyed).toEqualTypeOf<Topic<KeyedRecord<Given>, Dated>>()
    topic('a', {
      schema,
      key: (payload) => {
        expectTypeOf(payload).toEqualTypeOf<Given>()
        return payload.at
      },
    })
  })

  it('is any JSON value where nothing says more', () => {
    onlyCompiled(
      () =>
        topic('a')
          .on(broker)
          .publish({ payload: { any: ['thing', 1, null] } }, { payload: 'text' }),
      // @ts-expect-error -- JSON would change it
      () => topic('a').on(broker).publish({ payload: new Date() }),
      // @ts-expect-error -- JSON has no undefined
      () => topic('a').on(broker).publish({ payload: undefined }),
    )
  })
})

describe('a topic of a broker', () => {
  const keyed = topic('a', { key: ({ bookId }: Isbn) => bookId })
  const unkeyed = topic<Isbn>('a')
  const dated = topic('a', { schema })

  it('takes records that fit', () => {
    onlyCompiled(
      () => keyed.on(broker).publish(),
      () => keyed.on(broker).publish({ payload: isbn }, { payload: isbn, headers: { a: 'b' } }),
      () => unkeyed.on(broker).publish({ payload: isbn, key: 'k', headers: { a: 'b' }, partition: 1 }),
      () => dated.on(broker).publish({ payload: { bookId: 'b', at: '2026-01-01T00:00:00Z' } }),
    )
    expectTypeOf<ReturnType<BrokerTopic<Isbn, Isbn>['publish']>>().toEqualTypeOf<Promise<readonly Position[]>>()
    expectTypeOf<ReturnType<BrokerTopic<Isbn, Isbn>['publishIn']>>().toEqualTypeOf<readonly Position[]>()
  })

  it('does not take what does not', () => {
    onlyCompiled(
      // @ts-expect-error -- the topic makes the key
      () => keyed.on(broker).publish({ payload: isbn, key: 'k' }),
      // @ts-expect-error -- and so the partition
      () => keyed.on(broker).publish({ payload: isbn, partition: 1 }),
      // @ts-expect-error -- a record that may have a key
      () => keyed.on(broker).publish(record),
      // @ts-expect-error -- there may be a key in the topic
      () => topic('a', { key: maybe }).on(broker).publish({ payload: isbn, key: 'k' }),
      // @ts-expect-error -- a payload that is not the topic's
      () => unkeyed.on(broker).publish({ payload: { bookId: 'b' } }),
      // @ts-expect-error -- the payload alone
      () => unkeyed.on(broker).publish(isbn),
      // @ts-expect-error -- no such field
      () => unkeyed.on(broker).publish({ payload: isbn, header: {} }),
      // @ts-expect-error -- a header is a text
      () => unkeyed.on(broker).publish({ payload: isbn, headers: { a: 1 } }),
      // @ts-expect-error -- the schema's output, not its input
      () => dated.on(broker).publish({ payload: { bookId: 'b', at: new Date() } }),
      // @ts-expect-error -- the second of two
      () => keyed.on(broker).publish({ payload: isbn }, { payload: isbn, key: 'k' }),
      // @ts-expect-error -- not in a transaction either
      () => keyed.on(broker).publishIn({} as never, { payload: isbn, key: 'k' }),
    )
  })

  it('gives run the payload and its context', () => {
    onlyCompiled(
      () =>
        dated.on(broker).subscribe({
          group: 'g',
          concurrency: 1,
          run: (payload, context) => {
            expectTypeOf(payload).toEqualTypeOf<Dated>()
            expectTypeOf(context).toEqualTypeOf<RecordContext>()
          },
        }),
      () => keyed.on(broker).subscribe({ group: 'g', run: ({ newIsbn }) => newIsbn.length }),
    )
  })

  it('has its topic and its schema, and a subscription gives it no other', () => {
    onlyCompiled(
      // @ts-expect-error -- a group is needed
      () => keyed.on(broker).subscribe({ run: () => {} }),
      // @ts-expect-error -- the topic is there already
      () => keyed.on(broker).subscribe({ group: 'g', run: () => {}, topics: ['b'] }),
      // @ts-expect-error -- and so is the schema
      () => dated.on(broker).subscribe({ group: 'g', run: () => {}, schema }),
    )
  })

  it('can be given as what is used of it', () => {
    type Publisher = Pick<BrokerTopic<KeyedRecord<Isbn>, Isbn>, 'publish'>
    expectTypeOf<{
      publish: (...records: readonly KeyedRecord<Isbn>[]) => Promise<readonly Position[]>
    }>().toExtend<Publisher>()
  })
})

describe('a relay', () => {
  it('takes the options of a subscription, but what is done with a record', () => {
    onlyCompiled(
      () => relay({ from: broker, to: broker, topics: ['a'], order: 'none', retry: { attempts: 3 }, graceMs: 1 }),
      () => relay({ from: broker, to: { publish: broker.publish }, topics: ['a'], group: 'g' }),
      // @ts-expect-error -- it publishes, and nothing else
      () => relay({ from: broker, to: broker, topics: ['a'], run: () => {} }),
      // @ts-expect-error -- to where?
      () => relay({ from: broker, topics: ['a'] }),
    )
  })
})
