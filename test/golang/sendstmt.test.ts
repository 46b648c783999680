/** After Go's test/chan/sendstmt.go: a channel travels through a channel. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { take } from '../channel/probes.ts'

describe('Go: sendstmt', () => {
  it('an answer comes through the channel that was sent along', async () => {
    const questions = new Channel<Channel<number>>(1)
    const answers = new Channel<number>(1)
    await questions.send(answers)
    await (await take(questions)).send(2)
    assert.equal(await take(answers), 2)
  })
})
