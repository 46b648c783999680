/**
 * After Go's test/chanlinear.go: many wait at one channel, and to leave it takes none of them longer because of the
 * others. Where a step for n waiters costs n, four times as many take sixteen times as long.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { systemClock } from '../../src/core/clock.ts'

const ROUNDS = 2
const ignore = (): void => {}

/** All wait under a signal of their own and leave, the last one first: that again and again. */
async function ownSignals(many: number): Promise<void> {
  const channel = new Channel(1)
  for (let round = 0; round < ROUNDS; round += 1) {
    const controllers = Array.from({ length: many }, () => new AbortController())
    for (const { signal } of controllers) channel.receive({ signal }).catch(ignore)
    for (const controller of controllers.toReversed()) controller.abort('left')
    // oxlint-disable-next-line no-await-in-loop -- round by round
    await systemClock.yield()
  }
}

/** All wait under the same signal and are served one by one. */
async function oneSignal(many: number): Promise<void> {
  const channel = new Channel<number>(1)
  const { signal } = new AbortController()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let each = 0; each < many; each += 1) channel.send(each, { signal }).catch(ignore)
    for (let each = 0; each < many; each += 1) channel.tryReceive()
    // oxlint-disable-next-line no-await-in-loop -- round by round
    await systemClock.yield()
  }
}

const fastestMs = async (run: (many: number) => Promise<void>, many: number): Promise<number> => {
  const times: number[] = []
  for (let time = 0; time < 3; time += 1) {
    const started = systemClock.elapsed()
    // oxlint-disable-next-line no-await-in-loop -- one measurement after the other
    await run(many)
    times.push(systemClock.elapsed() - started)
  }
  return Math.min(...times)
}

describe('Go: chanlinear', () => {
  for (const [name, run] of Object.entries({ ownSignals, oneSignal })) {
    it(`${name}: four times as many waiters take about four times as long`, async () => {
      const ratios: number[] = []
      while (ratios.length < 5) {
        // oxlint-disable-next-line no-await-in-loop -- a busy machine gets another try
        ratios.push((1 / (await fastestMs(run, 1_000))) * (await fastestMs(run, 4_000)))
        if ((ratios.at(-1) ?? 0) < 8) return
      }
      assert.fail(`it took ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times as long`)
    })
  }
})
