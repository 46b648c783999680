import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RetryAfter, Worker } from '../../../src/index.ts'
import { codeOf, running } from '../../worker/running.ts'
import { aFile, offsets, payloads, readAll, takesOne } from './some-topics.ts'

async function published(file: Awaited<ReturnType<typeof aFile>>): Promise<readonly unknown[]> {
  const member = await file.topics.join({ group: 'look', topics: ['t'] })
  const all = await readAll(member, (await takesOne(member)).assigned)
  await member.leave()
  return all
}

describe('what is published in a transaction of the caller', () => {
  it('is there after its commit, and never was after its rollback', async () => {
    await using file = await aFile()
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    using connection = file.connection()
    connection.exec('begin immediate')
    const positions = file.topics.publishIn(connection, 't', payloads(1, 2))
    assert.deepEqual(offsets(positions), [0, 1])
    connection.exec('rollback')
    connection.exec('begin immediate')
    const again = file.topics.publishIn(connection, 't', payloads(3))
    assert.deepEqual(await readAll(member, assigned), [])
    connection.exec('commit')
    await file.topics.kept(again)
    assert.deepEqual([offsets(again), await readAll(member, assigned)], [[0], [3]])
  })

  it('goes with its savepoint', async () => {
    await using file = await aFile()
    using connection = file.connection()
    connection.exec('begin immediate')
    file.topics.publishIn(connection, 't', payloads(1))
    connection.exec('savepoint own')
    file.topics.publishIn(connection, 't', payloads(2))
    connection.exec('rollback to own')
    file.topics.publishIn(connection, 't', payloads(3))
    connection.exec('commit')
    assert.deepEqual(await published(file), [1, 3])
  })

  it('is kept only once that is committed', async () => {
    await using file = await aFile()
    using connection = file.connection()
    connection.exec('begin immediate')
    const positions = file.topics.publishIn(connection, 't', payloads(1))
    await assert.rejects(file.topics.kept(positions), codeOf('not_kept'))
    connection.exec('commit')
    await file.topics.kept(positions)
    const place = { topic: 't', partition: 0, offset: 0 }
    for (const wrong of [
      { offset: 1 },
      { offset: -1 },
      { offset: -0.5 },
      { partition: 1 },
      { partition: 0.5 },
      { topic: 'u' },
      { offset: Number.NaN },
    ]) {
      await assert.rejects(file.topics.kept([place, { ...place, ...wrong }]), codeOf('not_kept'), JSON.stringify(wrong))
    }
  })

  it('leaves nothing of a call that is refused, and the transaction goes on', async () => {
    await using file = await aFile({}, { maxTopicBytes: 10 })
    using connection = file.connection()
    connection.exec('begin immediate')
    file.topics.publishIn(connection, 't', payloads(1))
    const publish = (...values: readonly unknown[]) => file.topics.publishIn(connection, 't', payloads(...values))
    assert.throws(() => publish(2, 'too much of it'), codeOf('no_room'))
    assert.throws(() => publish(2, undefined), codeOf('payload_refused'))
    assert.throws(() => file.topics.publishIn(connection, 'u', payloads(1)), codeOf('unknown_topic'))
    publish(3)
    connection.exec('commit')
    assert.deepEqual(await published(file), [1, 3])
  })

  it('needs a transaction on the same file', async () => {
    await using file = await aFile()
    await using other = await aFile()
    using connection = file.connection()
    using elsewhere = other.connection()
    const publish = (database: typeof connection) => file.topics.publishIn(database, 't', payloads(1))
    assert.throws(() => publish(connection), codeOf('invalid_option'))
    elsewhere.exec('begin immediate')
    assert.throws(() => publish(elsewhere), codeOf('invalid_option'))
    assert.throws(() => publish({ inTransaction: true } as never), codeOf('invalid_option'))
  })

  it('takes a connection whose whole numbers are bigint', async () => {
    await using file = await aFile()
    using connection = file.connection()
    ;(connection as unknown as { defaultSafeIntegers(): void }).defaultSafeIntegers()
    connection.exec('begin immediate')
    assert.deepEqual(offsets(file.topics.publishIn(connection, 't', payloads(1, 2))), [0, 1])
    connection.exec('commit')
    assert.deepEqual(await published(file), [1, 2])
  })

  it('wakes the members of this process soon', async () => {
    await using file = await aFile()
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    using connection = file.connection()
    connection.exec('begin immediate')
    file.topics.publishIn(connection, 't', payloads(1))
    connection.exec('commit')
    let read: readonly unknown[] = []
    while (read.length === 0) {
      await member.changed.sleep()
      read = await readAll(member, assigned)
    }
    assert.deepEqual(read, [1])
  })
})

describe('what a handler publishes in its transaction', () => {
  it('is there with the end of its job', async () => {
    await using file = await aFile()
    const { store, topics } = file
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    let attempts = 0
    const worker = new Worker({
      store,
      tasks: {
        tell: async ({ isbn }: { isbn: string }, { transaction }) => {
          attempts += 1
          await transaction((database) => {
            topics.publishIn(database, 't', payloads(isbn, attempts))
            if (attempts === 1) throw new RetryAfter(0)
          })
        },
      },
    })
    await using _ = running(worker)
    await worker.send({ task: 'tell', isbn: '1' })
    await worker.idle()
    assert.deepEqual(await readAll(member, assigned), ['1', 2])
  })

  it('rings for members once it is committed', async () => {
    await using file = await aFile()
    const { store, topics } = file
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    let rings = 0
    const worker = new Worker({
      store,
      tasks: {
        quiet: () => {},
        tell: (_payload: object, { transaction }) =>
          transaction((database) => void topics.publishIn(database, 't', payloads(1))),
      },
    })
    await using _ = running(worker)
    member.changed.onRing(() => (rings += 1))
    await worker.send({ task: 'quiet' })
    await worker.idle()
    assert.equal(rings, 0, 'the worker itself rings for no member')
    await worker.send({ task: 'tell' })
    await worker.idle()
    assert.deepEqual([rings, await readAll(member, assigned)], [1, [1]])
  })

  it('cannot be published with the store’s own connection outside of it', async () => {
    await using file = await aFile()
    const { store, topics } = file
    const worker = new Worker({
      store,
      tasks: {
        steal: async (_payload: object, { transaction }) => {
          const own = await transaction((database) => [database])
          assert.throws(() => topics.publishIn(own[0] ?? assert.fail(), 't', payloads(1)), codeOf('invalid_option'))
        },
      },
    })
    await using _ = running(worker)
    await worker.send({ task: 'steal' })
    await worker.idle()
    assert.equal((await worker.count()).done, 1)
    assert.deepEqual(await published(file), [])
  })
})
