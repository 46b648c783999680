import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Broker, NewRecord, TopicRecord } from '../../src/broker/broker.ts'
import { relay } from '../../src/topics.ts'
import { until } from '../worker/running.ts'
import { reading, TOPIC, twoFiles } from './two-files.ts'

/** Relays until the test is left. */
function relaying(options: Parameters<typeof relay>[0]): AsyncDisposable {
  const stop = new AbortController()
  const ended = relay({ ...options, signal: stop.signal })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
    },
  }
}

const idOf = ({ headers }: Pick<NewRecord, 'headers'>): string =>
  headers?.['willcall-id'] ?? assert.fail('it has no id')
const number = (n: number): NewRecord => ({ key: `key-${n % 7}`, payload: { n }, headers: { number: String(n) } })
const numberOf = ({ payload }: Pick<TopicRecord, 'payload'>): number => (payload as { readonly n: number }).n

describe('a relay between two files', () => {
  it('brings over each record once, in the order of its key, to the partition that it had', async () => {
    await using files = await twoFiles()
    const { from, to } = files
    const there = reading(from)
    const here = reading(to)
    await from.publish(
      TOPIC,
      Array.from({ length: 100 }, (_, n) => number(n)),
    )
    await using _relay = relaying({ from, to, topics: [TOPIC] })
    await from.publish(
      TOPIC,
      Array.from({ length: 100 }, (_, n) => number(100 + n)),
    )
    await until(() => here.length >= 200 && there.length >= 200)
    const byKey = (records: readonly TopicRecord[]): unknown =>
      Object.fromEntries(
        Array.from({ length: 7 }, (_, n) => [
          n,
          records
            .filter(({ key }) => key === `key-${n}`)
            .map(({ partition, payload, headers }) => [partition, payload, headers['number']]),
        ]),
      )
    assert.deepEqual(byKey(here), byKey(there))
    assert.equal(new Set(here.map(idOf)).size, 200)
  })

  it('tries again what cannot be published, under the same id, and has it among the dead in the end', async () => {
    await using files = await twoFiles()
    const { from, to } = files
    const tried: NewRecord[] = []
    let isBroken = true
    const breaking: Pick<Broker, 'publish'> = {
      publish: (topic, records) => {
        const bad = records.filter(({ key }) => key === 'bad')
        tried.push(...bad)
        return isBroken && bad.length > 0 ? Promise.reject(new Error('not there')) : to.publish(topic, records)
      },
    }
    const dead = `${TOPIC}.dead`
    await from.createTopic(dead, { partitions: 3, retentionMs: Number.POSITIVE_INFINITY })
    const buried = reading(from, dead)
    const here = reading(to)
    const retry = { attempts: 3, minMs: 0, maxMs: 0 }
    await using _relay = relaying({ from, to: breaking, topics: [TOPIC], retry })
    await from.publish(TOPIC, [
      { key: 'bad', payload: { n: 1 } },
      { key: 'good', payload: { n: 2 } },
    ])
    await until(() => buried.length === 1 && here.length === 1)
    assert.deepEqual(here.map(numberOf), [2])
    assert.equal(buried[0]?.headers['willcall-group'], 'relay')
    assert.match(buried[0]?.headers['willcall-error'] ?? '', /not there/)
    assert.equal(tried.length, 3)
    isBroken = false
    assert.equal(await from.replay('relay', TOPIC), 1)
    await until(() => here.length === 2)
    assert.deepEqual(here.map(numberOf), [2, 1])
    assert.equal(new Set(tried.map(idOf)).size, 1)
    assert.deepEqual(Object.keys(here[1]?.headers ?? {}), ['willcall-id'])
  })

  it('goes on with an id that the record came with, so that doubles can be dropped after many relays', async () => {
    await using first = await twoFiles()
    await using second = await twoFiles()
    const [between, last] = [reading(first.to), reading(second.to)]
    await using _relay = relaying({ from: first.from, to: first.to, topics: [TOPIC] })
    await using _after = relaying({ from: first.to, to: second.to, topics: [TOPIC] })
    await first.from.publish(TOPIC, [number(1)])
    await until(() => last.length === 1)
    assert.deepEqual(last.map(idOf), between.map(idOf))
  })

  it('gives each dead record an id of its own, though several groups have buried the same', async () => {
    await using files = await twoFiles()
    await using second = await twoFiles()
    const { from, to } = files
    const dead = `${TOPIC}.dead`
    const shape = { partitions: 3, retentionMs: Number.POSITIVE_INFINITY }
    await Promise.all([to.createTopic(dead, shape), second.to.createTopic(dead, shape)])
    const buried = reading(second.to, dead)
    const fails = (): never => {
      throw new Error('poison')
    }
    for (const group of ['one', 'other']) {
      void to.subscribe({ topics: [TOPIC], group, run: fails, retry: { attempts: 1 } })
    }
    await using _relay = relaying({ from, to, topics: [TOPIC] })
    await using _after = relaying({ from: to, to: second.to, topics: [dead] })
    await from.publish(TOPIC, [number(1)])
    await until(() => buried.length === 2)
    assert.equal(new Set(buried.map(idOf)).size, 2)
    const groups = new Set(buried.map(({ headers }) => headers['willcall-group']))
    assert.deepEqual(groups, new Set(['one', 'other']))
  })

  it('does not begin where one of them lacks the topic, and says which', async () => {
    await using files = await twoFiles()
    const { from, to } = files
    await from.createTopic('only-here')
    await assert.rejects(relay({ from, to, topics: [TOPIC, 'only-here'] }), {
      code: 'unknown_topic',
      message: 'the relay cannot begin: to has no topic only-here',
    })
    assert.deepEqual(await from.offsets('relay'), [])
  })
})
