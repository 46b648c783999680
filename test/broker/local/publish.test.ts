import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openTopics } from '../../../src/sqlite.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { Child } from '../../store/sqlite/lock-child.ts'
import { aFolder } from '../../store/sqlite/folder.ts'
import { codeOf } from '../../worker/running.ts'
import { aFile, offsets, opened, partitions, payloads, readAll, takes, takesOne } from './some-topics.ts'

const PUBLISHING = '../../broker/local/publishing-program.ts'

describe('what is published in a file', () => {
  it('has offsets without gaps in its partition, in the order of the calls', async () => {
    await using file = await aFile()
    const { topics } = file
    const calls = await Promise.all([1, 2, 3].map((call) => topics.publish('t', payloads(call, -call))))
    assert.deepEqual(calls.map(offsets), [
      [0, 1],
      [2, 3],
      [4, 5],
    ])
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    assert.deepEqual(await readAll(member, assigned), [1, -1, 2, -2, 3, -3])
  })

  it('is read with its key, its headers and its time', async () => {
    const clock = new FakeClock()
    await using file = await aFile({}, { clock })
    const { topics } = file
    await topics.publish('t', [
      { key: 'k', headers: { from: 'here' }, payload: { a: [1, null] } },
      { payload: 'plain' },
    ])
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    const timestamp = new Date(clock.now())
    const place = { topic: 't', partition: 0, timestamp }
    const { records, next } = await member.read(assigned, 0, 10)
    assert.deepEqual(records, [
      { ...place, offset: 0, key: 'k', headers: { from: 'here' }, json: '{"a":[1,null]}' },
      { ...place, offset: 1, key: undefined, headers: {}, json: '"plain"' },
    ])
    assert.equal(next, 2)
  })

  it('goes round the partitions without a key, and to one of them with it', async () => {
    await using file = await aFile({ partitions: 3 })
    const { topics } = file
    assert.deepEqual(partitions(await topics.publish('t', payloads(1, 2, 3, 4))), [0, 1, 2, 0])
    const keyed = await topics.publish(
      't',
      ['a', 'b', 'a'].map((key) => ({ key, payload: key })),
    )
    assert.equal(keyed[0]?.partition, keyed[2]?.partition)
    assert.deepEqual(partitions(await topics.publish('t', [{ partition: 1, key: 'a', payload: 0 }])), [1])
  })

  it('is of a time that never goes back in a partition', async () => {
    using folder = aFolder()
    for (const startsAt of [new Date(2_000), new Date(1_000)]) {
      const { store, topics } = opened(folder.file('a.db'), { clock: new FakeClock(startsAt) })
      await topics.createTopic('t')
      await topics.publish('t', payloads(1))
      await store[Symbol.asyncDispose]()
    }
    const { store, topics } = opened(folder.file('a.db'))
    await using _ = store
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const { records } = await member.read((await takesOne(member)).assigned, 0, 10)
    const times = records.map(({ timestamp }) => timestamp.getTime())
    assert.deepEqual(times, [2_000, 2_000])
  })

  it('is kept whole or not at all, and takes no other call with it', async () => {
    await using file = await aFile({ partitions: 2 }, { maxTopicBytes: 10 })
    const { topics } = file
    const [first, tooMuch, last] = await Promise.allSettled([
      topics.publish('t', payloads(1, 2)),
      topics.publish('t', payloads(3, 'much too long')),
      topics.publish('t', payloads(4)),
    ])
    assert.equal(first.status, 'fulfilled')
    assert.equal((tooMuch as PromiseRejectedResult).reason.code, 'no_room')
    assert.deepEqual(last.status === 'fulfilled' && last.value, [{ topic: 't', partition: 0, offset: 1 }])
    await assert.rejects(topics.publish('t', [{ payload: 5 }, { payload: undefined }]), codeOf('payload_refused'))
    await assert.rejects(topics.publish('t', [{ payload: 5 }, { payload: 6, partition: 2 }]), codeOf('invalid_option'))
    assert.deepEqual(offsets(await topics.publish('t', [{ payload: 7, partition: 0 }])), [2])
  })

  it('needs a topic', async () => {
    await using file = await aFile()
    const { topics } = file
    await assert.rejects(topics.publish('other', payloads(1)), codeOf('unknown_topic'))
    await assert.rejects(topics.publish('no topic', payloads(1)), codeOf('invalid_option'))
    await assert.rejects(topics.publish('t.replay.g', payloads(1)), codeOf('invalid_option'))
    assert.deepEqual(await topics.publish('t', []), [])
  })

  it('is there after a restart, and offsets go on', async () => {
    await using file = await aFile({ partitions: 3 })
    await file.topics.publish('t', payloads(...Array.from({ length: 50 }, (_, n) => n)))
    await file.store[Symbol.asyncDispose]()
    const { topics } = file.open()
    assert.deepEqual(await topics.publish('t', [{ payload: 50, partition: 0 }]), [
      { topic: 't', partition: 0, offset: 17 },
    ])
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const taken = await takes(member, 3)
    const read = await Promise.all(taken.map(({ assigned }) => readAll(member, assigned)))
    assert.deepEqual(
      read.flat().toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 51 }, (_, n) => n),
    )
  })

  it('by two processes at once is all there, and each has its order', async () => {
    await using file = await aFile({ partitions: 2 })
    await using one = new Child<string>(PUBLISHING, [file.path, 'one'])
    await using two = new Child<string>(PUBLISHING, [file.path, 'two'])
    assert.deepEqual(await Promise.all([one.ended(), two.ended()]), [0, 0])
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    const taken = await takes(member, 2)
    const read = await Promise.all(taken.map(({ assigned }) => readAll(member, assigned)))
    const all = read.flat() as { readonly by: string; readonly n: number }[]
    assert.equal(all.length, 400)
    for (const by of ['one', 'two']) {
      const numbers = all.filter((payload) => payload.by === by).map(({ n }) => n)
      assert.deepEqual(
        numbers,
        Array.from({ length: 200 }, (_, n) => n),
      )
    }
  })
})

describe('a topic in a file', () => {
  it('is created once: the same again is fine, another shape is not', async () => {
    await using file = await aFile({ partitions: 3 })
    const { topics } = file
    await topics.createTopic('t', { partitions: 3, replicas: 1, strict: false, retentionBytes: Infinity })
    await assert.rejects(topics.createTopic('t', { partitions: 4 }), codeOf('conflict'))
    await assert.rejects(topics.createTopic('t', { partitions: 3, retentionMs: 5 }), codeOf('conflict'))
    await file.open().topics.createTopic('t', { partitions: 3 })
  })

  it('that two processes create at once is there once', async () => {
    await using file = await aFile()
    const other = file.open()
    await Promise.all([file.topics, other.topics].map((topics) => topics.createTopic('u', { partitions: 2 })))
    await file.topics.publish('u', [{ payload: 1, partition: 1 }])
    assert.deepEqual(offsets(await other.topics.publish('u', [{ payload: 2, partition: 1 }])), [1])
  })

  it('has a shape that is checked', async () => {
    await using file = await aFile()
    const { topics } = file
    for (const shape of [
      { partitions: 0 },
      { partitions: 1_001 },
      { partitions: 1.5 },
      { retentionMs: -1 },
      { retentionBytes: Number.NaN },
      { strict: 1 },
      { partition: 3 },
      { replicas: 0 },
      null,
    ]) {
      await assert.rejects(topics.createTopic('u', shape as never), codeOf('invalid_option'), JSON.stringify(shape))
    }
    await assert.rejects(topics.createTopic('u', { replicas: 3 }), codeOf('unsupported'))
    for (const name of ['', '.', '..', 'a b', 'ä', 'x'.repeat(250), 't.replay.g', 7]) {
      await assert.rejects(topics.createTopic(name as string), codeOf('invalid_option'), String(name))
    }
    await assert.rejects(topics.publish('u', payloads(1)), codeOf('unknown_topic'))
  })

  it('is refused where the file has too many partitions, and there is room for the dead of all others', async () => {
    await using file = await aFile()
    const { topics } = file
    for (const name of ['a', 'b', 'c', 'd']) await topics.createTopic(name, { partitions: 1_000 })
    await assert.rejects(topics.createTopic('e', { partitions: 96 }), codeOf('too_large'))
    await topics.createTopic('e', { partitions: 95 })
    for (const name of ['a', 'b', 'c', 'd']) await topics.createTopic(`${name}.dead`, { partitions: 1_000 })
  })

  it('is opened once for a store, with one limit, and for no other store', async () => {
    await using file = await aFile({}, { maxTopicBytes: 500 })
    const { store, topics } = file
    assert.equal(openTopics(store), topics)
    assert.equal(openTopics(store, { maxTopicBytes: 500 }), topics)
    assert.throws(() => openTopics(store, { maxTopicBytes: 501 }), codeOf('conflict'))
    assert.throws(() => openTopics(store, { maxTopicBytes: 0 }), codeOf('invalid_option'))
    assert.throws(() => openTopics({} as never), codeOf('invalid_option'))
    assert.throws(() => openTopics(undefined as never), codeOf('invalid_option'))
  })

  it('is not for use once it is closed, and can be opened again', async () => {
    await using file = await aFile()
    const { store, topics } = file
    await topics.publish('t', payloads(1))
    await topics[Symbol.asyncDispose]()
    const closed = codeOf('disk_failed')
    await assert.rejects(topics.publish('t', payloads(2)), closed)
    await assert.rejects(topics.createTopic('u'), closed)
    await assert.rejects(topics.join({ group: 'g', topics: ['t'] }), closed)
    await assert.rejects(topics.subscribe({ group: 'g', topics: ['t'], run: () => {} }), closed)
    await assert.rejects(topics.offsets('g'), closed)
    await assert.rejects(topics.seek('g', 't', 'latest'), closed)
    await assert.rejects(topics.replay('g', 't'), closed)
    await assert.rejects(topics.kept([]), closed)
    assert.throws(() => topics.publishIn({} as never, 't', []), closed)
    const again = openTopics(store)
    assert.notEqual(again, topics)
    assert.deepEqual(offsets(await again.publish('t', payloads(2))), [1])
    await store[Symbol.asyncDispose]()
    await assert.rejects(again.publish('t', payloads(3)), closed)
  })
})
