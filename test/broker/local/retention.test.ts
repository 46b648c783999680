import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TopicShape } from '../../../src/broker/broker.ts'
import { type Events, subscribe } from '../../../src/core/events.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { until } from '../../worker/running.ts'
import { aFile, payloads, readAll, takes, takesOne } from './some-topics.ts'

const LOOK_MS = 10_000

/** A file whose time stands still, and `pass`, which lets retention look once. */
async function aTimedFile(shape: TopicShape) {
  const clock = new FakeClock()
  const file = await aFile(shape, { clock })
  /** The first offset that there is in the only partition. */
  const first = async (): Promise<number> => {
    const group = `look-${clock.now()}-${Math.trunc(clock.elapsed())}`
    await file.topics.seek(group, 't', 'earliest')
    const [position] = await file.topics.offsets(group)
    await file.topics.removeGroup(group)
    return position?.offset ?? Number.NaN
  }
  return Object.assign(file, { clock, first, pass: () => clock.advance(LOOK_MS) })
}

const read = { group: 'g', topics: ['t'] }

describe('retention', () => {
  it('deletes what is too old, where no group wants it', async () => {
    await using file = await aTimedFile({ retentionMs: 15_000 })
    await file.topics.publish('t', payloads(1, 2))
    await file.pass()
    await file.topics.publish('t', payloads(3))
    assert.equal(await file.first(), 0)
    await file.pass()
    assert.equal(await file.first(), 2)
    await file.pass()
    assert.equal(await file.first(), 3)
    assert.deepEqual(await file.topics.publish('t', payloads(4)), [{ topic: 't', partition: 0, offset: 3 }])
  })

  it('deletes the oldest where a partition has too many bytes, and no more than that', async () => {
    await using file = await aTimedFile({ retentionBytes: 10, retentionMs: Infinity })
    await file.topics.publish('t', [{ payload: 1 }, { payload: 22, key: 'ä' }, { payload: 3, headers: { a: 'b' } }])
    await file.pass()
    assert.equal(await file.first(), 2)
    await file.topics.publish('t', payloads(4))
    await file.pass()
    assert.equal(await file.first(), 3)
    await file.topics.publish('t', payloads(5))
    await file.pass()
    assert.equal(await file.first(), 3)
  })

  it('spares nothing for a group that was removed', async () => {
    await using file = await aTimedFile({ retentionMs: 1 })
    await file.topics.publish('t', payloads(1, 2, 3))
    await file.topics.seek('gone', 't', 'earliest')
    await file.pass()
    assert.equal(await file.first(), 0)
    await file.topics.removeGroup('gone')
    await file.pass()
    assert.equal(await file.first(), 3)
  })

  it('spares what a group has not done, however old, and no more', async () => {
    await using file = await aTimedFile({ retentionMs: 1 })
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join(read)
    const { assigned } = await takesOne(member)
    await file.topics.seek('h', 't', [{ partition: 0, offset: 2 }])
    await file.pass()
    assert.equal(await file.first(), 0)
    await member.commit([{ assigned, progress: { offset: 1, above: '' }, dead: [] }])
    await file.pass()
    assert.equal(await file.first(), 1)
    await member.commit([{ assigned, progress: { offset: 3, above: '' }, dead: [] }])
    await file.pass()
    assert.equal(await file.first(), 2)
    assert.deepEqual(await readAll(member, assigned), [3])
  })

  it('of a strict topic spares nothing, tells it, and moves the groups on', async () => {
    await using file = await aTimedFile({ retentionMs: 1, strict: true })
    const told: Events['records.skipped'][] = []
    const end = subscribe('records.skipped', (fact) => told.push(fact))
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join(read)
    const { assigned } = await takesOne(member)
    await member.commit([{ assigned, progress: { offset: 1, above: 'more' }, dead: [] }])
    await file.pass()
    end()
    assert.deepEqual(told, [{ group: 'g', topic: 't', partition: 0, from: 1, to: 3 }])
    await file.topics.publish('t', payloads(4))
    assert.deepEqual(await file.topics.lag('g'), [{ topic: 't', partition: 0, offset: 3, lag: 1 }])
    const { records, next } = await member.read(assigned, 1, 10)
    assert.deepEqual([records.map(({ json }) => json), next], [['4'], 4])
    assert.deepEqual(await member.commit([{ assigned, progress: { offset: 2, above: '' }, dead: [] }]), [true])
    assert.deepEqual((await file.topics.offsets('g'))[0]?.offset, 3)
  })

  it('of a strict topic forgets nothing of what a member has done after what is gone', async () => {
    await using file = await aTimedFile({ retentionMs: 15_000, strict: true })
    await file.topics.publish('t', payloads(1, 2))
    const member = await file.topics.join(read)
    const { assigned } = await takesOne(member)
    await file.pass()
    await file.topics.publish('t', payloads(3, 4, 5, 6, 7))
    await file.pass()
    // Of 0 and 3 nothing is known, 5 was tried once; all others are done.
    const progress = { offset: 0, above: 'w1 1.2.1.1.1.1 5,,1' }
    assert.deepEqual(await member.commit([{ assigned, progress, dead: [] }]), [true])
    await member.leave()
    const next = await takesOne(await file.topics.join(read))
    assert.deepEqual(next.progress, { offset: 3, above: 'w1 1.1.1.1 2,,1' })
  })

  it('tells who reads on where nothing is left that there are no more', async () => {
    await using file = await aTimedFile({ retentionMs: 1, strict: true })
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join(read)
    const { assigned } = await takesOne(member)
    await file.pass()
    assert.deepEqual(await member.read(assigned, 0, 10), { records: [], next: 3, bytes: 0 })
  })

  it('deletes thousands in one look, and their bytes are free again', async () => {
    const clock = new FakeClock()
    await using file = await aFile({ retentionMs: 1, partitions: 2 }, { clock, maxTopicBytes: 20_000 })
    const many = Array.from({ length: 10_000 }, (_, n) => ({ payload: n % 10 }))
    await file.topics.publish('t', many)
    await file.topics.publish('t', many)
    await assert.rejects(file.topics.publish('t', payloads(1)), { code: 'no_room' })
    await clock.advance(LOOK_MS)
    using connection = file.connection()
    const left = connection.prepare('select count(*) from willcall_record').raw()
    await until(() => (left.get() as [number])[0] === 0)
    await file.topics.publish('t', many)
  })

  it('spares a dead record until it was replayed, and not longer', async () => {
    await using file = await aTimedFile({ retentionMs: 1 })
    await file.topics.publish('t', payloads(1))
    const member = await file.topics.join(read)
    const { assigned } = await takesOne(member)
    const [record] = (await member.read(assigned, 0, 1)).records
    const why = { reason: 'permanent', error: 'no', attempts: 1, deaths: 0, at: 0 } as const
    const dead = [{ record: record ?? assert.fail(), ...why }]
    await member.commit([{ assigned, progress: { offset: 1, above: '' }, dead }])
    await file.pass()
    using connection = file.connection()
    const left = connection.prepare('select count(*) from willcall_record').raw()
    assert.deepEqual(left.get(), [1])
    assert.equal(await file.topics.replay('g', 't'), 1)
    await file.pass()
    assert.deepEqual(left.get(), [1])
    const [replayed] = await takes(member, 1)
    assert.deepEqual(await readAll(member, replayed?.assigned ?? assert.fail()), [1])
  })
})
