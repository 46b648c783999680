import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LocalBroker } from '../../../src/broker/local/local-broker.ts'
import type { Member } from '../../../src/broker/membership.ts'
import { deathOf, originOf } from '../../../src/broker/dead-record.ts'
import { codeOf } from '../../worker/running.ts'
import { aFile, payloads, readAll, takes } from './some-topics.ts'

/** A member of the group that has buried all records there are. */
async function buriesAll(topics: LocalBroker, group: string, topic = 't'): Promise<Member> {
  const member = await topics.join({ group, topics: [topic] })
  const partitions = (await topics.lag(group)).length
  for (const { assigned, progress } of await takes(member, partitions)) {
    const { records, next } = await member.read(assigned, progress.offset, 10_000)
    const dead = records.map((record) => {
      const origin = originOf(record)
      return { record: origin, reason: 'permanent', error: 'no\n"way"', attempts: 2, deaths: 1, at: 5_000 } as const
    })
    assert.deepEqual(await member.commit([{ assigned, progress: { offset: next, above: '' }, dead }]), [true])
  }
  return member
}

/** Why it died. */
const WHY = { reason: 'permanent', error: 'no', attempts: 1, deaths: 0, at: 0 } as const

/** All records of a topic, as a group that begins sees them. */
async function recordsOf(topics: LocalBroker, topic: string) {
  const member = await topics.join({ group: `look-${topic}`, topics: [topic] })
  const taken = await takes(member, (await topics.lag(`look-${topic}`)).length)
  const reads = await Promise.all(taken.map(async ({ assigned }) => member.read(assigned, 0, 10_000)))
  await member.leave()
  return reads.flatMap(({ records }) => records)
}

describe('a record that died', () => {
  it('is in the dead topic with all that it had, and why, where and when', async () => {
    await using file = await aFile({ partitions: 2 })
    const { topics } = file
    await topics.publish('t', [{ key: 'k', payload: { a: 1 }, headers: { from: 'here' }, partition: 1 }])
    const [living] = await recordsOf(topics, 't')
    await buriesAll(topics, 'g')
    const [dead, ...others] = await recordsOf(topics, 't.dead')
    assert.deepEqual(others, [])
    assert.deepEqual([dead?.partition, dead?.key, dead?.json], [1, 'k', '{"a":1}'])
    assert.equal(dead?.headers['from'], 'here')
    assert.deepEqual(deathOf(dead.headers), {
      group: 'g',
      topic: 't',
      partition: 1,
      offset: 0,
      publishedAt: living?.timestamp,
      reason: 'permanent',
      error: 'no\n"way"',
      attempts: 2,
      deaths: 1,
      diedAt: new Date(5_000),
    })
    assert.equal(originOf(dead), dead)
  })

  it('comes back to its group and to it alone, once, as it was', async () => {
    await using file = await aFile({ partitions: 2 })
    const { topics } = file
    await topics.publish('t', [{ key: 'k', payload: { a: 1 }, headers: { from: 'here' } }, ...payloads(2, 3)])
    const before = await recordsOf(topics, 't')
    const one = await buriesAll(topics, 'g')
    await buriesAll(topics, 'h')
    assert.equal(await topics.replay('g', 't'), 3)
    assert.equal(await topics.replay('g', 't'), 0)
    const taken = await takes(one, 2)
    const reads = await Promise.all(taken.map(async ({ assigned }) => one.read(assigned, 0, 10)))
    assert.ok(taken.every(({ assigned }) => assigned.topic === 't.replay.g'))
    assert.deepEqual(reads.flatMap(({ records }) => records).map(originOf), before)
    assert.deepEqual(
      (await topics.lag('h')).map(({ topic }) => topic),
      ['t', 't'],
    )
    const left = (await topics.lag('g')).map(({ lag }) => lag)
    assert.deepEqual(
      left.toSorted((a, b) => a - b),
      [0, 0, 1, 2],
    )
  })

  it('a second time is replayed a second time, and still is what it was at first', async () => {
    await using file = await aFile()
    const { topics } = file
    await topics.publish('t', payloads(1))
    const [first] = await recordsOf(topics, 't')
    await (await buriesAll(topics, 'g')).leave()
    await topics.replay('g', 't')
    await (await buriesAll(topics, 'g')).leave()
    assert.equal((await recordsOf(topics, 't.dead')).length, 2)
    assert.equal(await topics.replay('g', 't'), 1)
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const [, replayed] = (await takes(member, 2)).toSorted((a, b) => a.assigned.topic.length - b.assigned.topic.length)
    const { records } = await member.read(replayed?.assigned ?? assert.fail(), 1, 10)
    assert.deepEqual(records.map(originOf), [first])
  })

  it('of the dead topic itself is in that of the dead topic, and comes back as it was there', async () => {
    await using file = await aFile()
    const { topics } = file
    await topics.publish('t', payloads(1))
    await buriesAll(topics, 'g')
    const dead = await recordsOf(topics, 't.dead')
    const member = await buriesAll(topics, 'janitor', 't.dead')
    assert.equal((await recordsOf(topics, 't.dead.dead')).length, 1)
    assert.equal(await topics.replay('janitor', 't.dead'), 1)
    const [taken] = await takes(member, 1)
    const { records } = await member.read(taken?.assigned ?? assert.fail(), 0, 10)
    assert.deepEqual(records.map(originOf), dead)
  })

  it('finds its place however full the topic is', async () => {
    await using file = await aFile({}, { maxTopicBytes: 5 })
    await file.topics.publish('t', payloads(12_345))
    await buriesAll(file.topics, 'g')
    assert.equal((await recordsOf(file.topics, 't.dead')).length, 1)
  })

  it('is replayed to a group that was removed and is there again, and what was replayed before is not', async () => {
    await using file = await aFile()
    const { topics } = file
    await topics.publish('t', payloads(1, 2))
    for (const isAgain of [false, true]) {
      const member = await buriesAll(topics, 'g')
      await member.leave()
      assert.equal(await topics.replay('g', 't'), 2)
      const after = await topics.join({ group: 'g', topics: ['t'] })
      const replayed = (await takes(after, 2)).find(({ assigned }) => assigned.topic === 't.replay.g')
      assert.equal(replayed?.progress.offset, isAgain ? 2 : 0)
      assert.deepEqual(await readAll(after, replayed.assigned, replayed.progress.offset), [1, 2])
      await after.leave()
      await topics.removeGroup('g')
    }
    const anew = await topics.join({ group: 'g', topics: ['t'] })
    const { progress } = (await takes(anew, 2)).find(({ assigned }) => assigned.topic !== 't') ?? assert.fail()
    assert.equal(progress.offset, 4)
  })

  it('finds its place where the file has as many groups as it may', async () => {
    await using file = await aFile()
    const { topics } = file
    await topics.publish('t', payloads(1))
    await topics.seek('g', 't', 'earliest')
    using connection = file.connection()
    connection.exec(`
      insert into willcall_group(name, version)
      with recursive n(n) as (select 1 union all select n + 1 from n where n < 9999) select 'group-' || n, 0 from n`)
    await assert.rejects(topics.seek('one-more', 't', 'earliest'), codeOf('too_large'))
    await buriesAll(topics, 'g')
    assert.equal(await topics.replay('one-more', 't'), 0)
    assert.equal(await topics.replay('g', 't'), 1)
  })

  it('is one of thousands, which come back in steps, in their order', async () => {
    await using file = await aFile()
    const { topics } = file
    const numbers = Array.from({ length: 2_500 }, (_, n) => n)
    await topics.publish('t', payloads(...numbers))
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const [taken] = await takes(member, 1)
    const { assigned } = taken ?? assert.fail()
    for (let offset = 0; offset < numbers.length; ) {
      const { records, next } = await member.read(assigned, offset, 1_000)
      const dead = records.map((record) => Object.assign({ record }, WHY))
      await member.commit([{ assigned, progress: { offset: next, above: '' }, dead }])
      offset = next
    }
    assert.equal(await topics.replay('g', 't'), 2_500)
    const [replayed] = await takes(member, 1)
    assert.deepEqual(await readAll(member, replayed?.assigned ?? assert.fail()), numbers)
  })

  it('is brought back by nothing where there is none', async () => {
    await using file = await aFile()
    const { topics } = file
    assert.equal(await topics.replay('g', 't'), 0)
    await assert.rejects(topics.replay('g', 'u'), codeOf('unknown_topic'))
    await assert.rejects(topics.replay('a b', 't'), codeOf('invalid_option'))
    await topics.publish('t', payloads(1))
    await buriesAll(topics, 'g')
    assert.equal(await topics.replay('h', 't'), 0)
  })
})
