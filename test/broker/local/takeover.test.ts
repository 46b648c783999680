import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/index.ts'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { Child } from '../../store/sqlite/lock-child.ts'
import { until } from '../../worker/running.ts'
import { aFile, payloads } from './some-topics.ts'

const PROGRAM = '../../broker/local/member-program.ts'
/** The promise, in milliseconds. */
const WITHIN_MS = 1_000

describe('a member whose process is killed', () => {
  for (const [who, isOther] of [
    ['of this process', false],
    ['of another process', true],
  ] as const) {
    it(`is followed within a second by one ${who} that stands by, where it had come to`, async () => {
      await using file = await aFile()
      await file.topics.publish('t', payloads(1, 2, 3))
      using connection = file.connection()
      const count = counter(connection)
      await using killed = new Child<number>(PROGRAM, [file.path])
      await killed.told(({ length }) => length === 1)
      await using standby = isOther ? new Child<number>(PROGRAM, [file.path]) : undefined
      const member = isOther ? undefined : await file.topics.join({ group: 'g', topics: ['t'] })
      if (isOther) await until(() => count('member') === 2)
      else assert.deepEqual((await member?.assign())?.taken, [])
      await killed.kill()
      const killedAt = systemClock.elapsed()
      await standby?.told(({ length }) => length === 1)
      let progress: unknown
      if (member !== undefined)
        await until(async () => {
          const [taken] = (await member.assign()).taken
          progress = taken?.progress
          return taken !== undefined || (await member.changed.sleep()) === null
        })
      const ms = systemClock.elapsed() - killedAt
      assert.ok(ms <= WITHIN_MS, `after ${ms} ms`)
      if (!isOther) assert.equal((progress as { readonly offset: number }).offset, 1)
      const expected = isOther ? 2 : 1
      assert.deepEqual(await file.topics.offsets('g'), [{ topic: 't', partition: 0, offset: expected }])
    })
  }

  it('is no member any more, and leaves no file behind', async () => {
    await using file = await aFile({ partitions: 2 })
    using connection = file.connection()
    const count = counter(connection)
    await using killed = new Child<number>(PROGRAM, [file.path])
    await killed.told(({ length }) => length === 2)
    const member = await file.topics.join({ group: 'g', topics: ['t'] })
    await killed.kill()
    await until(async () => {
      await member.assign()
      return count('member') === 1 && count('owner') === 1
    })
  })
})

/** The rows of one of the tables. */
function counter(connection: Database): (table: 'member' | 'owner') => number {
  const of = (table: string) => connection.prepare(`select count(*) from willcall_${table}`).raw()
  const statements = { member: of('member'), owner: of('owner') }
  return (table) => (statements[table].get() as [number])[0]
}
