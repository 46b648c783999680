import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordContext, TopicRecord } from '../../src/broker/broker.ts'
import { WillcallError } from '../../src/core/errors.ts'
import { relay } from '../../src/topics.ts'
import { RecordingBroker } from '../broker/recording-broker.ts'
import { codeOf } from '../worker/running.ts'

const record: TopicRecord = {
  topic: 'isbn-updated',
  partition: 1,
  offset: 7,
  key: 'book-1',
  payload: { newIsbn: '978' },
  headers: { source: 'books' },
  timestamp: new Date(0),
}
const contextOf = (of: TopicRecord): RecordContext => ({
  record: of,
  attempt: 1,
  signal: new AbortController().signal,
  idempotencyKey: `key of ${of.offset}`,
})

/** A relay that has begun, and what its subscription runs. */
async function relayed(): Promise<{ readonly to: RecordingBroker; run(record: TopicRecord): unknown }> {
  const [from, to] = [new RecordingBroker('isbn-updated'), new RecordingBroker('isbn-updated')]
  await relay({ from, to, topics: ['isbn-updated'] })
  const [subscription] = from.subscriptions
  return { to, run: (of) => subscription?.run(of.payload, contextOf(of)) }
}

describe('a relay', () => {
  it('publishes each record to the same topic, with its key, payload and headers, and its id', async () => {
    const { to, run } = await relayed()
    await run(record)
    assert.deepEqual(to.published, [
      {
        topic: 'isbn-updated',
        key: 'book-1',
        payload: { newIsbn: '978' },
        headers: { source: 'books', 'willcall-id': 'key of 7' },
        partition: undefined,
      },
    ])
  })

  it('takes a record without a key, one whose payload is null, and one with as many headers as there can be', async () => {
    const { to, run } = await relayed()
    const headers = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`h${n}`, 'x'.repeat(650)]))
    await run({ ...record, key: undefined, payload: null, headers })
    assert.equal(to.published[0]?.payload, null)
    assert.equal(Object.keys(to.published[0]?.headers ?? {}).length, 101)
  })

  it('has done with a record once it is kept, and not before', async () => {
    const { to, run } = await relayed()
    to.topics.clear()
    await assert.rejects(async () => run(record), codeOf('unknown_topic'))
  })

  it('is the group relay, with the order and the retries that it is given', async () => {
    const [from, to] = [new RecordingBroker('a', 'b'), new RecordingBroker('a', 'b')]
    const { signal } = new AbortController()
    await relay({ from, to, topics: ['a', 'b'] })
    await relay({ from, to, topics: ['b'], group: 'to-kafka', order: 'partition', retry: { attempts: 3 }, signal })
    const [first, second] = from.subscriptions.map(({ run: _run, ...options }) => options)
    assert.deepEqual(first, { topics: ['a', 'b'], group: 'relay' })
    assert.deepEqual(second, { topics: ['b'], group: 'to-kafka', order: 'partition', retry: { attempts: 3 }, signal })
  })

  for (const [where, from, to] of [
    ['from', ['a'], ['a', 'b']],
    ['to', ['a', 'b'], ['a']],
  ] as const) {
    it(`does not begin where ${where} lacks a topic, and says which`, async () => {
      const brokers = { from: new RecordingBroker(...from), to: new RecordingBroker(...to) }
      await assert.rejects(relay({ ...brokers, topics: ['a', 'b'] }), {
        code: 'unknown_topic',
        message: `the relay cannot begin: ${where} has no topic b`,
      })
      assert.deepEqual(brokers.from.subscriptions, [])
    })
  }

  it('does not begin where a broker cannot be asked', async () => {
    const to = { publish: () => Promise.reject(new WillcallError('disk_failed', 'the disk is gone')) }
    await assert.rejects(relay({ from: new RecordingBroker('a'), to, topics: ['a'] }), codeOf('disk_failed'))
  })

  it('is between two brokers, and of topics', async () => {
    const [from, to] = [new RecordingBroker('a'), new RecordingBroker('a')]
    for (const options of [
      { from, to: from, topics: ['a'] },
      { from: undefined, to, topics: ['a'] },
      { from, to: {}, topics: ['a'] },
      { from, to, topics: 'a' },
      { from, to, topics: undefined },
      { from, to, topics: ['a b'] },
    ]) {
      await assert.rejects(relay(options as never), codeOf('invalid_option'))
    }
  })
})
