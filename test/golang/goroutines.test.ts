/** After Go's test/chan/goroutines.go: a value walks through a long row of tasks, and each of them ends. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { take } from '../channel/probes.ts'

describe('Go: goroutines', () => {
  it('a value that enters on the right comes out on the left of 10,000 tasks', async () => {
    const leftmost = new Channel<number>(1)
    let right = leftmost
    const tasks: Promise<void>[] = []
    for (let count = 0; count < 10_000; count += 1) {
      const [left, own] = [right, new Channel<number>(1)]
      tasks.push(take(own).then((each) => left.send(each + 1)))
      right = own
    }
    await right.send(0)
    assert.equal(await take(leftmost), 10_000)
    await Promise.all(tasks)
  })
})
