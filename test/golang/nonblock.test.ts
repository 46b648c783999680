/** After Go's test/chan/nonblock.go: what does not wait, beside a task that does, for values of every kind. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { NOT_YET, soon, take, value } from '../channel/probes.ts'

for (const each of [123, 123_456n, true, 'hello', undefined, { a: 1 }, Symbol('one of a kind')]) {
  describe(`Go: nonblock, a ${typeof each}`, () => {
    it('nothing comes out of an empty channel at once', () => {
      assert.equal(new Channel<unknown>(1).tryReceive(), undefined)
    })

    it('what is sent at once reaches a task that waits', async () => {
      const channel = new Channel<unknown>(1)
      const task = take(channel)
      assert.equal(await soon(task), NOT_YET)
      assert.equal(channel.trySend(each), true)
      assert.equal(await task, each)
    })

    it('what a task sent comes out at once, though the task waits still', async () => {
      const channel = new Channel<unknown>(1)
      await channel.send('before')
      const task = channel.send(each)
      assert.equal(await soon(task), NOT_YET)
      assert.deepEqual(channel.tryReceive(), value('before'))
      assert.deepEqual(channel.tryReceive(), value(each))
      await task
    })
  })
}
