/** After Go's test/chan/sieve1.go: a row of filters, one for each prime number found so far. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { take } from '../channel/probes.ts'

/** Sends 2, 3, 4 and so on until the signal. */
async function count(to: Channel<number>, signal: AbortSignal): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- a sender waits for its turn
  for (let each = 2; ; each += 1) await to.send(each, { signal })
}

async function dropMultiples(
  of: number,
  from: Channel<number>,
  to: Channel<number>,
  signal: AbortSignal,
): Promise<void> {
  for await (const each of from.values({ signal })) {
    if (each % of !== 0) await to.send(each, { signal })
  }
}

describe('Go: sieve1', () => {
  for (const capacity of [1, 2, 7, 100]) {
    it(`filters between channels of ${capacity} leave the prime numbers, and a signal ends them all`, async () => {
      const controller = new AbortController()
      const { signal } = controller
      const primes: number[] = []
      let last = new Channel<number>(capacity)
      const tasks = [count(last, signal)]
      while (primes.length < 100) {
        // oxlint-disable-next-line no-await-in-loop -- the next filter needs the prime number before it
        const prime = await take(last)
        primes.push(prime)
        const next = new Channel<number>(capacity)
        tasks.push(dropMultiples(prime, last, next, signal))
        last = next
      }
      controller.abort('found enough')
      assert.deepEqual(primes.slice(0, 10), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
      assert.equal(primes.at(-1), 541)
      for (const ending of await Promise.allSettled(tasks)) {
        assert.deepEqual(ending, { status: 'rejected', reason: 'found enough' })
      }
    })
  }
})
