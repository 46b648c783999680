import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { partsOf } from '../../../src/store/sqlite/sqlite-store.ts'
import { codeOf, until } from '../../worker/running.ts'
import { aFile, payloads, readAll, takes, takesOne } from './some-topics.ts'

const G = { group: 'g', topics: ['t'] } as const
const at = (offset: number, above = '') => ({ offset, above })

describe('a member', () => {
  it('takes all where it is alone, from the earliest record on', async () => {
    await using file = await aFile({ partitions: 3 })
    await file.topics.publish('t', [{ payload: 1, partition: 2 }])
    const member = await file.topics.join(G)
    const taken = await takes(member, 3)
    assert.deepEqual(
      taken.map(({ assigned }) => assigned.partition),
      [0, 1, 2],
    )
    assert.ok(taken.every(({ progress }) => progress.offset === 0 && progress.above === ''))
    assert.deepEqual(await member.assign(), { taken: [], lost: [], toRelease: [] })
  })

  it('commits what the next one goes on from, of its group and of no other', async () => {
    await using file = await aFile()
    const { topics } = file
    await topics.publish('t', payloads(1, 2, 3))
    const member = await topics.join(G)
    const { assigned } = await takesOne(member)
    assert.deepEqual(await member.commit([{ assigned, progress: at(2, '2-3'), dead: [] }]), [true])
    await member.leave()
    assert.deepEqual((await takesOne(await topics.join(G))).progress, at(2, '2-3'))
    assert.deepEqual((await takesOne(await topics.join({ ...G, group: 'h' }))).progress, at(0))
  })

  it('commits what outlives its process', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    await member.commit([{ assigned, progress: at(1), dead: [] }])
    await file.store[Symbol.asyncDispose]()
    assert.deepEqual((await takesOne(await file.open().topics.join(G))).progress, at(1))
  })

  it('never goes back', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    await member.commit([{ assigned, progress: at(3), dead: [] }])
    assert.deepEqual(await member.commit([{ assigned, progress: at(1), dead: [] }]), [true])
    assert.deepEqual(await file.topics.offsets('g'), [{ topic: 't', partition: 0, offset: 3 }])
  })

  it('gives another what that is to have, once it has released it', async () => {
    await using file = await aFile({ partitions: 4 })
    const one = await file.topics.join(G)
    const held = await takes(one, 4)
    const two = await file.open().topics.join(G)
    assert.deepEqual((await two.assign()).taken, [])
    let toRelease = (await one.assign()).toRelease
    await until(async () => (toRelease = (await one.assign()).toRelease).length === 2)
    assert.deepEqual((await one.assign()).toRelease, toRelease)
    assert.deepEqual((await two.assign()).taken, [])
    for (const assigned of toRelease) await one.release(assigned)
    const taken = await takes(two, 2)
    assert.deepEqual(
      taken.map(({ assigned }) => assigned.partition),
      toRelease.map(({ partition }) => partition).toSorted((a, b) => a - b),
    )
    assert.deepEqual((await one.assign()).toRelease, [])
    const commits = held.map(({ assigned }) => ({ assigned, progress: at(0, 'x'), dead: [] }))
    const isHeld = held.map(({ assigned }) => !toRelease.includes(assigned))
    assert.deepEqual(await one.commit(commits), isHeld)
  })

  it('stands by where the others have all partitions, and takes over when one leaves', async () => {
    await using file = await aFile({ partitions: 1 })
    const one = await file.topics.join(G)
    await takesOne(one)
    const two = await file.topics.join(G)
    assert.deepEqual((await two.assign()).taken, [])
    const rung = two.changed.sleep()
    await one.leave()
    await rung
    assert.equal((await two.assign()).taken.length, 1)
    await assert.rejects(one.assign(), codeOf('channel_closed'))
    await one.leave()
  })

  it('that stops leaves what it has released to the others at once, and keeps what it still has', async () => {
    await using file = await aFile({ partitions: 2 })
    const one = await file.topics.join(G)
    const [first, second] = await takes(one, 2)
    const two = await file.open().topics.join(G)
    assert.deepEqual((await two.assign()).taken, [])
    await one.stop()
    if (first !== undefined) await one.release(first.assigned)
    const taken = await takes(two, 1)
    assert.deepEqual(
      taken.map(({ assigned }) => assigned),
      [first?.assigned],
    )
    const commits = second === undefined ? [] : [{ assigned: second.assigned, progress: at(0, 'x'), dead: [] }]
    assert.deepEqual(await one.commit(commits), [true])
    await assert.rejects(file.topics.seek('g', 't', 'earliest'), codeOf('already_running'))
    await one.leave()
    assert.equal((await takes(two, 1)).length, 1)
  })

  it('that was taken for dead commits nothing, has lost all, and joins anew', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    using connection = file.connection()
    connection.exec('delete from willcall_owner')
    assert.deepEqual(await member.commit([{ assigned, progress: at(2), dead: [] }]), [false])
    const { lost } = await member.assign()
    assert.deepEqual(lost, [assigned])
    const again = await takesOne(member)
    assert.notEqual(again.assigned, assigned)
    assert.deepEqual(again.progress, at(0))
    assert.deepEqual(await member.commit([{ assigned, progress: at(2), dead: [] }]), [false])
    assert.deepEqual(await member.commit([{ assigned: again.assigned, progress: at(1), dead: [] }]), [true])
  })

  it('that has lost a partition to another writes nothing of it', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2))
    const one = await file.topics.join(G)
    const { assigned } = await takesOne(one)
    using connection = file.connection()
    connection.exec('delete from willcall_owner')
    const two = await file.open().topics.join(G)
    const other = await takesOne(two)
    await two.commit([{ assigned: other.assigned, progress: at(1, 'mine'), dead: [] }])
    const record = (await two.read(other.assigned, 0, 1)).records[0] ?? assert.fail()
    const death = { record, reason: 'permanent', error: 'no', attempts: 1, deaths: 0, at: 0 } as const
    assert.deepEqual(await one.commit([{ assigned, progress: at(2), dead: [death] }]), [false])
    assert.deepEqual(await file.topics.offsets('g'), [{ topic: 't', partition: 0, offset: 1 }])
    await assert.rejects(file.topics.publish('t.dead', payloads(1)), codeOf('unknown_topic'))
  })

  it('takes a partition anew that it had lost, as far as its commits were told so', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    using connection = file.connection()
    connection.exec('update willcall_position set member = null')
    assert.deepEqual(await member.commit([{ assigned, progress: at(2), dead: [] }]), [false])
    const again = await takesOne(member)
    assert.notEqual(again.assigned, assigned)
    assert.deepEqual(again.progress, at(0))
    assert.deepEqual(await member.commit([{ assigned, progress: at(2), dead: [] }]), [false])
    assert.deepEqual(await member.commit([{ assigned: again.assigned, progress: at(1), dead: [] }]), [true])
  })

  it('begins anew once a file whose disk has failed is opened again', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    await member.commit([{ assigned, progress: at(1), dead: [] }])
    const disk = partsOf(file.store)?.file ?? assert.fail()
    disk.failed(Object.assign(new Error('the disk'), { code: 'SQLITE_IOERR' }))
    await assert.rejects(member.commit([{ assigned, progress: at(2), dead: [] }]), codeOf('disk_failed'))
    await assert.rejects(file.topics.publish('t', payloads(3)), codeOf('disk_failed'))
    await until(() => !disk.hasFailed)
    assert.deepEqual(await member.read(assigned, 0, 10), { records: [], next: 0, bytes: 0 })
    assert.deepEqual(await member.commit([{ assigned, progress: at(2), dead: [] }]), [false])
    assert.deepEqual((await member.assign()).lost, [assigned])
    const again = await takesOne(member)
    assert.deepEqual([again.progress, await readAll(member, again.assigned)], [at(1), [1, 2]])
    assert.deepEqual(await member.commit([{ assigned: again.assigned, progress: at(2), dead: [] }]), [true])
  })

  it('is rung when this process publishes to its topics, and not to others', async () => {
    await using file = await aFile()
    await file.topics.createTopic('u')
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    let rings = 0
    member.changed.onRing(() => (rings += 1))
    await file.topics.publish('u', payloads(1))
    assert.equal(rings, 0)
    await file.topics.publish('t', payloads(2))
    assert.deepEqual([rings, await readAll(member, assigned)], [1, [2]])
  })

  it('is rung when another process publishes', async () => {
    await using file = await aFile()
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    await file.open().topics.publish('t', payloads(1))
    await until(async () => {
      await member.changed.sleep()
      return (await readAll(member, assigned)).length === 1
    })
  })

  it('reads at most so many, and no more than about a mebibyte, but always one', async () => {
    await using file = await aFile()
    const long = 'x'.repeat(400_000)
    await file.topics.publish('t', payloads(1, 2, long, long, long, long, 3))
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    const lengths: number[] = []
    for (let from = 0; from < 7; ) {
      const { records, next, bytes } = await member.read(assigned, from, 10)
      lengths.push(records.length)
      assert.ok(bytes < 1_500_000)
      assert.equal(records[0]?.offset, from)
      from = next
    }
    assert.deepEqual(lengths, [5, 2])
    assert.deepEqual((await member.read(assigned, 0, 2)).records.length, 2)
    assert.deepEqual(await member.read(assigned, 7, 10), { records: [], next: 7, bytes: 0 })
  })

  it('reads fewer where their headers are long', async () => {
    await using file = await aFile()
    const headers = { h: 'x'.repeat(60_000) }
    const records = Array.from({ length: 30 }, (_, payload) => ({ payload, headers }))
    await file.topics.publish('t', records)
    const member = await file.topics.join(G)
    const { assigned } = await takesOne(member)
    const read = await member.read(assigned, 0, 30)
    assert.deepEqual([read.records.length, read.bytes < 1_500_000], [18, true])
  })

  it('needs topics that there are, and a group that members can have', async () => {
    await using file = await aFile()
    const { topics } = file
    await assert.rejects(topics.join({ group: 'g', topics: ['u'] }), codeOf('unknown_topic'))
    await assert.rejects(topics.join({ group: 'g', topics: [] }), codeOf('invalid_option'))
    await assert.rejects(topics.join({ group: 'g', topics: 't' as never }), codeOf('invalid_option'))
    await assert.rejects(topics.join({ group: 'a b', topics: ['t'] }), codeOf('invalid_option'))
    await assert.rejects(topics.join({ group: 'g.replay', topics: ['t'] }), codeOf('invalid_option'))
    await assert.rejects(topics.join({ group: 'g', topics: ['t.replay.h'] }), codeOf('invalid_option'))
    // Its dead would be what the group `dead` has replayed of t.
    await assert.rejects(topics.createTopic('t.replay'), codeOf('invalid_option'))
  })

  it('of several topics shares each with those who subscribe to it', async () => {
    await using file = await aFile({ partitions: 2 })
    await file.topics.createTopic('u', { partitions: 2 })
    const one = await file.topics.join({ group: 'g', topics: ['t', 'u', 't'] })
    await takes(one, 4)
    const two = await file.topics.join({ group: 'g', topics: ['u'] })
    const { toRelease } = await one.assign()
    assert.deepEqual(
      toRelease.map(({ topic }) => topic),
      ['u', 'u'],
    )
    for (const assigned of toRelease) await one.release(assigned)
    assert.equal((await takes(two, 2)).length, 2)
  })
})
