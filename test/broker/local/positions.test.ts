import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../../src/testing/index.ts'
import { Child } from '../../store/sqlite/lock-child.ts'
import { codeOf, until } from '../../worker/running.ts'
import { aFile, payloads, takes, takesOne } from './some-topics.ts'

const place = (partition: number, offset: number) => ({ topic: 't', partition, offset })

describe('where a group is', () => {
  it('is told with what is left, for each partition, and nothing for a group that never was', async () => {
    await using file = await aFile({ partitions: 2 })
    const { topics } = file
    assert.deepEqual([await topics.offsets('g'), await topics.lag('g')], [[], []])
    for (const partition of [0, 0, 0, 1]) await topics.publish('t', [{ payload: 1, partition }])
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const [first] = await takes(member, 2)
    const progress = { offset: 2, above: '' }
    await member.commit([{ assigned: first?.assigned ?? assert.fail(), progress, dead: [] }])
    assert.deepEqual(await topics.offsets('g'), [place(0, 2), place(1, 0)])
    assert.deepEqual(await topics.lag('g'), [
      { ...place(0, 2), lag: 1 },
      { ...place(1, 0), lag: 1 },
    ])
    await assert.rejects(topics.lag('a b'), codeOf('invalid_option'))
  })
})

describe('a stopped group', () => {
  it('goes to the earliest record, after the last, and to offsets', async () => {
    await using file = await aFile({ partitions: 2 })
    const { topics } = file
    for (const partition of [0, 0, 0, 1]) await topics.publish('t', [{ payload: 1, partition }])
    await topics.seek('g', 't', 'latest')
    assert.deepEqual(await topics.offsets('g'), [place(0, 3), place(1, 1)])
    await topics.seek('g', 't', [{ partition: 0, offset: 1 }])
    assert.deepEqual(await topics.offsets('g'), [place(0, 1), place(1, 1)])
    await topics.seek('g', 't', 'earliest')
    assert.deepEqual(await topics.offsets('g'), [place(0, 0), place(1, 0)])
    await topics.seek('g', 't', [{ partition: 0, offset: 3 }])
    const member = await topics.join({ group: 'g', topics: ['t'] })
    const taken = await takes(member, 2)
    assert.deepEqual(
      taken.map(({ progress }) => progress.offset),
      [3, 0],
    )
  })

  it('goes to the first record of a time or after it', async () => {
    const clock = new FakeClock()
    await using file = await aFile({ partitions: 2 }, { clock })
    const { topics } = file
    const startedAt = clock.now()
    for (let n = 0; n < 10; n += 1) {
      await topics.publish('t', [{ payload: n, partition: 0 }])
      if (n % 2 === 1) await clock.advance(10)
    }
    const offsetAt = async (ms: number): Promise<number | undefined> => {
      await topics.seek('g', 't', new Date(startedAt + ms))
      const [first, second] = await topics.offsets('g')
      assert.equal(second?.offset, 0)
      return first?.offset
    }
    const found: (number | undefined)[] = []
    for (const ms of [-1, 0, 1, 10, 15, 40, 41]) found.push(await offsetAt(ms))
    assert.deepEqual(found, [0, 0, 2, 2, 4, 8, 10])
  })

  it('forgets what was done beyond where it goes', async () => {
    await using file = await aFile()
    await file.topics.publish('t', payloads(1, 2, 3))
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    const { assigned } = await takesOne(member)
    await member.commit([{ assigned, progress: { offset: 1, above: '2' }, dead: [] }])
    await member.leave()
    await file.topics.seek('g', 't', [{ partition: 0, offset: 1 }])
    const again = await file.topics.join({ group: 'g', topics: ['t'] })
    assert.deepEqual((await takesOne(again)).progress, { offset: 1, above: '' })
  })

  it('is one that has no member at the topic', async () => {
    await using file = await aFile()
    await file.topics.createTopic('u')
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    await assert.rejects(file.topics.seek('g', 't', 'earliest'), codeOf('already_running'))
    await assert.rejects(file.open().topics.seek('g', 't', 'earliest'), codeOf('already_running'))
    await file.topics.seek('h', 't', 'earliest')
    await file.topics.seek('g', 'u', 'earliest')
    await member.leave()
    await file.topics.seek('g', 't', 'earliest')
  })

  it('is one whose member has died, too, as soon as that is known', async () => {
    await using file = await aFile()
    await file.topics.join({ group: 'g', topics: ['t'] })
    using connection = file.connection()
    connection.exec('delete from willcall_owner')
    await file.topics.seek('g', 't', 'latest')
  })

  it('is one whose process was killed, though nobody else has looked for that before', async () => {
    await using file = await aFile()
    await using killed = new Child<number>('../../broker/local/member-program.ts', [file.path])
    await killed.told(({ length }) => length === 1)
    await killed.kill()
    const { topics } = file
    await assert.rejects(topics.seek('g', 't', 'latest'), codeOf('already_running'))
    await until(() =>
      topics.seek('g', 't', 'latest').then(
        () => true,
        () => false,
      ),
    )
  })

  it('goes nowhere where there is nothing to go to', async () => {
    await using file = await aFile({ partitions: 2 })
    const { topics } = file
    await topics.publish('t', [{ payload: 1, partition: 0 }])
    const nowhere = [
      'first',
      new Date(Number.NaN),
      7,
      null,
      [{ partition: 2, offset: 0 }],
      [{ partition: 0, offset: 2 }],
      [{ partition: 0, offset: -1 }],
      [{ partition: 0, offset: 0.5 }],
      [{ partition: 0 }],
      [null],
      [
        { partition: 0, offset: 0 },
        { partition: 0, offset: 1 },
      ],
      [
        { partition: 0, offset: 1 },
        { partition: 1, offset: 1 },
      ],
    ]
    for (const to of nowhere)
      await assert.rejects(topics.seek('g', 't', to as never), codeOf('invalid_option'), JSON.stringify(to))
    await assert.rejects(topics.seek('g', 'u', 'latest'), codeOf('unknown_topic'))
    await assert.rejects(topics.seek('a b', 't', 'latest'), codeOf('invalid_option'))
    assert.deepEqual(await topics.offsets('g'), [])
  })
})
