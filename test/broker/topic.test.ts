import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { PayloadError } from '../../src/core/errors.ts'
import type { SqliteDatabase } from '../../src/core/sqlite-database.ts'
import type { StandardSchema } from '../../src/core/standard-schema.ts'
import { topic } from '../../src/topics.ts'
import { codeOf, gate } from '../worker/running.ts'
import { RecordingBroker } from './recording-broker.ts'

interface Isbn {
  readonly bookId: string
  readonly newIsbn: string
}

const keyed = topic('isbn-updated', { partitions: 3, key: ({ bookId }: Isbn) => bookId })
const unkeyed = topic<Isbn>('isbn-updated')
const dated = topic('isbn-updated', {
  key: ({ bookId }) => bookId,
  schema: z.object({ bookId: z.string(), at: z.iso.datetime().transform((at) => new Date(at)) }),
})
const isbn: Isbn = { bookId: 'b1', newIsbn: '978' }
const database: SqliteDatabase = { name: 'books.db', inTransaction: true, prepare: () => assert.fail('not read here') }

/** What the compiler would refuse. */
const unchecked = (record: object): never => record as never

describe('a topic', () => {
  it('is made in the shape of its definition, and in nothing else of it', async () => {
    const broker = new RecordingBroker()
    await topic<Isbn>('a', { partitions: 3, retentionMs: 1_000, key: () => 'k' })
      .on(broker)
      .create()
    await topic('b').on(broker).create()
    assert.deepEqual(
      [...broker.topics],
      [
        ['a', { partitions: 3, retentionMs: 1_000 }],
        ['b', {}],
      ],
    )
  })

  it('has a name that a topic can have, a key that is a function, and a schema that is one', () => {
    assert.equal(keyed.name, 'isbn-updated')
    for (const make of [
      () => topic('a b'),
      () => topic(7 as never),
      () => topic<Isbn>('a', { key: 'bookId' as never }),
      () => topic<Isbn>('a', { schema: {} as never }),
      () => topic<Isbn>('a', { schema: null as never }),
    ]) {
      assert.throws(make, codeOf('invalid_option'))
    }
  })

  it('is used with any number of brokers', async () => {
    const [one, other] = [new RecordingBroker('isbn-updated'), new RecordingBroker('isbn-updated')]
    await keyed.on(one).publish({ payload: isbn })
    await keyed.on(other).publish({ payload: isbn }, { payload: isbn })
    assert.deepEqual([one.published.length, other.published.length], [1, 2])
  })
})

describe('publishing to a topic', () => {
  it('keeps the records of a call together, and tells where they are', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const positions = await unkeyed
      .on(broker)
      .publish({ payload: isbn, key: 'k', headers: { a: 'b' }, partition: 1 }, { payload: isbn })
    assert.deepEqual(positions, [
      { topic: 'isbn-updated', partition: 1, offset: 0 },
      { topic: 'isbn-updated', partition: 0, offset: 1 },
    ])
    assert.deepEqual(broker.published, [
      { topic: 'isbn-updated', key: 'k', payload: isbn, headers: { a: 'b' }, partition: 1 },
      { topic: 'isbn-updated', key: undefined, payload: isbn, headers: {}, partition: undefined },
    ])
  })

  it('gives each record the key that the topic makes of it', async () => {
    const broker = new RecordingBroker('isbn-updated')
    await keyed.on(broker).publish({ payload: isbn, headers: { a: 'b' } }, { payload: { ...isbn, bookId: 'b2' } })
    assert.deepEqual(
      broker.published.map(({ key, headers }) => [key, headers]),
      [
        ['b1', { a: 'b' }],
        ['b2', {}],
      ],
    )
  })

  it('is part of the caller’s transaction where it is given that', () => {
    const broker = new RecordingBroker('isbn-updated')
    assert.equal(keyed.on(broker).publishIn(database, { payload: isbn }, { payload: isbn }).length, 2)
    assert.equal(broker.published[1]?.key, 'b1')
    assert.equal(broker.published[1]?.database, database)
  })

  it('is refused with a key or a partition where the topic makes the keys', async () => {
    const broker = new RecordingBroker('isbn-updated')
    for (const field of [{ key: 'mine' }, { partition: 0 }]) {
      const refusal = {
        code: 'invalid_option',
        message: /^records\[1\] cannot have a (key|partition), since isbn-updated/,
      }
      const records = [{ payload: isbn }, unchecked({ payload: isbn, ...field })] as const
      await assert.rejects(keyed.on(broker).publish(...records), refusal)
      assert.throws(() => keyed.on(broker).publishIn(database, ...records), refusal)
    }
    assert.deepEqual(broker.published, [])
  })

  it('is refused with what is no record, whether the topic makes keys or not', async () => {
    const broker = new RecordingBroker('isbn-updated')
    for (const books of [keyed.on(broker), unkeyed.on(broker), dated.on(broker)]) {
      for (const record of [null, 'abc', [isbn], { payload: isbn, header: {} }]) {
        await assert.rejects(books.publish(record as never), codeOf('invalid_option'))
      }
    }
    await assert.rejects(unkeyed.on(broker).publish(unchecked({ payload: new Map() })), codeOf('payload_refused'))
    assert.deepEqual(broker.published, [])
  })

  it('is refused where a key is no text, which would be in no order', async () => {
    const broken = topic('isbn-updated', { key: ({ bookId }: Isbn) => bookId }).on(new RecordingBroker('isbn-updated'))
    await assert.rejects(broken.publish(unchecked({ payload: {} })), {
      code: 'invalid_option',
      message: 'the key of records[0] for isbn-updated must be a text, got undefined',
    })
    await assert.rejects(
      broken.publish(unchecked({ payload: { bookId: 'k'.repeat(1_001) } })),
      codeOf('invalid_option'),
    )
  })

  it('is refused where no key can be made, and says why', async () => {
    const error = await keyed
      .on(new RecordingBroker('isbn-updated'))
      .publish({ payload: isbn }, unchecked({}))
      .catch((thrown: unknown) => thrown)
    assert.ok(error instanceof PayloadError)
    assert.match(
      error.message,
      /^the payload of records\[1\] cannot be kept: isbn-updated could make no key of it: TypeError/,
    )
    assert.ok(error.cause instanceof TypeError)
  })

  it('rejects with what its broker rejects with', async () => {
    const books = keyed.on(new RecordingBroker())
    await assert.rejects(books.publish({ payload: isbn }), codeOf('unknown_topic'))
    assert.throws(() => books.publishIn(database, { payload: isbn }), codeOf('unknown_topic'))
  })

  it('of no records asks its broker, and keeps nothing', async () => {
    const broker = new RecordingBroker('isbn-updated')
    assert.deepEqual(await keyed.on(broker).publish(), [])
    await assert.rejects(keyed.on(new RecordingBroker()).publish(), codeOf('unknown_topic'))
  })
})

describe('a topic with a schema', () => {
  const at = '2026-01-01T00:00:00Z'

  it('keeps what it was given, not what the schema makes of it', async () => {
    const broker = new RecordingBroker('isbn-updated')
    await dated.on(broker).publish({ payload: { bookId: 'b1', at } })
    assert.deepEqual(broker.published[0]?.payload, { bookId: 'b1', at })
  })

  it('keeps nothing of a call with a payload that does not fit, and says which', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const records = [{ payload: { bookId: 'b1', at } }, { payload: { bookId: 'b2', at: 'soon' } }] as const
    const refusal = {
      code: 'payload_refused',
      message: /^the payload of records\[1\] for isbn-updated does not fit its schema: at: /,
    }
    await assert.rejects(dated.on(broker).publish(...records), refusal)
    assert.throws(() => dated.on(broker).publishIn(database, ...records), refusal)
    assert.deepEqual(broker.published, [])
  })

  it('gives it to its subscriptions, with their other options and the topic', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const run = (): void => {}
    await dated.on(broker).subscribe({ group: 'books', order: 'none', run })
    const [subscription] = broker.subscriptions
    assert.ok(subscription?.schema !== undefined)
    assert.deepEqual(
      { ...subscription, schema: undefined },
      { group: 'books', order: 'none', run, topics: ['isbn-updated'], schema: undefined },
    )
    const { validate } = subscription.schema['~standard']
    assert.deepEqual(await validate({ bookId: 'b1', at }), { value: { bookId: 'b1', at: new Date(at) } })
  })
})

describe('a schema that answers later', () => {
  /** Answers once `opened`, and refuses a payload of `bad`. */
  const late = (opened: Promise<void>): StandardSchema<Isbn> => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        await opened
        const { newIsbn } = value as Isbn
        return newIsbn === 'bad'
          ? { issues: [{ message: 'no such ISBN', path: ['newIsbn'] }] }
          : { value: value as Isbn }
      },
    },
  })
  const slow = (opened: Promise<void>) => topic('isbn-updated', { schema: late(opened), key: ({ bookId }) => bookId })

  it('is waited for', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const { opened, open } = gate()
    const publishing = slow(opened)
      .on(broker)
      .publish({ payload: isbn, headers: { a: 'b' } }, { payload: isbn })
    assert.deepEqual(broker.published, [])
    open()
    assert.equal((await publishing).length, 2)
    assert.deepEqual(broker.published[0], {
      topic: 'isbn-updated',
      key: 'b1',
      payload: isbn,
      headers: { a: 'b' },
      partition: undefined,
    })
  })

  it('has checked what is kept, whatever the caller changes meanwhile', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const { opened, open } = gate()
    const payload = { bookId: 'b1', newIsbn: '978' }
    const headers = { a: 'b' }
    const bad = { bookId: 'b1', newIsbn: 'bad' }
    const books = slow(opened).on(broker)
    const publishing = books.publish({ payload, headers })
    const refused = assert.rejects(books.publish({ payload: bad }), codeOf('payload_refused'))
    bad.newIsbn = '978'
    Object.assign(payload, { bookId: 'b2', newIsbn: 'bad' })
    headers.a = 'c'
    open()
    await publishing
    await refused
    assert.equal(broker.published.length, 1)
    const { key, payload: kept, headers: keptHeaders } = broker.published[0] ?? assert.fail('nothing was kept')
    assert.deepEqual([key, kept, keptHeaders], ['b1', isbn, { a: 'b' }])
  })

  it('refuses the whole call, also where another of its records is refused at once', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const books = slow(Promise.resolve()).on(broker)
    const bad = { payload: { bookId: 'b1', newIsbn: 'bad' } }
    await assert.rejects(books.publish({ payload: isbn }, bad), {
      code: 'payload_refused',
      message: 'the payload of records[1] for isbn-updated does not fit its schema: newIsbn: no such ISBN',
    })
    await assert.rejects(books.publish(bad, unchecked({ payload: isbn, key: 'k' })), codeOf('invalid_option'))
    await assert.rejects(books.publish(bad, unchecked({ payload: new Map() })), codeOf('payload_refused'))
    assert.deepEqual(broker.published, [])
  })

  it('cannot be waited for in a transaction', () => {
    const broker = new RecordingBroker('isbn-updated')
    const books = slow(Promise.resolve()).on(broker)
    assert.throws(() => books.publishIn(database, { payload: isbn }), codeOf('async_schema'))
    assert.deepEqual(broker.published, [])
  })
})

describe('a topic’s group', () => {
  it('subscribes to the topic alone', async () => {
    const broker = new RecordingBroker('isbn-updated')
    const run = (): void => {}
    await keyed.on(broker).subscribe({ group: 'books', run })
    assert.deepEqual(broker.subscriptions, [{ group: 'books', run, topics: ['isbn-updated'] }])
  })

  it('replays what is dead there', async () => {
    const broker = new RecordingBroker('isbn-updated')
    assert.equal(await keyed.on(broker).replay('books'), 7)
    assert.deepEqual(broker.replays, [['books', 'isbn-updated']])
  })
})
