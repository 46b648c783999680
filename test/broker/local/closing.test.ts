import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gate } from '../../worker/running.ts'
import { aFile, payloads } from './some-topics.ts'

describe('a store that is closed', () => {
  it('closes its topics first: a handler ends, and what it has done is committed', async () => {
    await using file = await aFile()
    const [began, mayEnd] = [gate(), gate()]
    const run = async () => {
      began.open()
      await mayEnd.opened
    }
    await file.topics.publish('t', payloads(1, 2))
    const subscription = file.topics.subscribe({ topics: ['t'], group: 'g', concurrency: 1, run })
    await began.opened
    const closed = file.store[Symbol.asyncDispose]()
    mayEnd.open()
    await closed
    await subscription
    const { topics } = file.open()
    assert.deepEqual(await topics.offsets('g'), [{ topic: 't', partition: 0, offset: 1 }])
    // Nobody is a member any more.
    await topics.seek('g', 't', 'latest')
  })

  it('ends a subscription that waits for records', async () => {
    await using file = await aFile()
    const subscription = file.topics.subscribe({ topics: ['t'], group: 'g', run: () => {} })
    await file.store[Symbol.asyncDispose]()
    await subscription
  })
})
