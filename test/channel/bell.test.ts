import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bell } from '../../src/channel/bell.ts'
import { systemClock } from '../../src/core/clock.ts'

/** Whether the sleeper has woken by the end of this turn of the event loop. */
const wakes = async (sleep: Promise<void>): Promise<boolean> =>
  Promise.race([sleep.then(() => true), systemClock.yield().then(() => false)])

describe('Bell', () => {
  it('a sleeper wakes at the next ring', async () => {
    const bell = new Bell()
    const sleep = bell.sleep()
    bell.ring()
    assert.equal(await wakes(sleep), true)
  })

  it('a sleeper sleeps while nobody rings', async () => {
    assert.equal(await wakes(new Bell().sleep()), false)
  })

  it('a ring while nobody sleeps is kept for the next sleep', async () => {
    const bell = new Bell()
    bell.ring()
    assert.equal(await wakes(bell.sleep()), true)
  })

  it('many rings before one sleep are one ring', async () => {
    const bell = new Bell()
    bell.ring()
    bell.ring()
    await bell.sleep()
    assert.equal(await wakes(bell.sleep()), false)
  })

  it('a ring that woke a sleeper is not kept', async () => {
    const bell = new Bell()
    const sleep = bell.sleep()
    bell.ring()
    await sleep
    assert.equal(await wakes(bell.sleep()), false)
  })

  it('a loop that rings itself awake turns as often as it was rung', async () => {
    const bell = new Bell()
    for (let turn = 0; turn < 1_000; turn += 1) {
      bell.ring()
      // oxlint-disable-next-line no-await-in-loop -- each sleep uses up the ring before it
      await bell.sleep()
    }
    assert.equal(await wakes(bell.sleep()), false)
  })

  it('a listener hears every ring at once, slept or not, until it ends that', () => {
    const bell = new Bell()
    let heard = 0
    const end = bell.onRing(() => {
      heard += 1
    })
    bell.ring()
    bell.ring()
    assert.equal(heard, 2)
    end()
    bell.ring()
    assert.equal(heard, 2)
  })

  it('listeners hear a ring in the order in which they came, and one that leaves takes no other with it', () => {
    const bell = new Bell()
    const heard: string[] = []
    bell.onRing(() => heard.push('first'))
    const end = bell.onRing(() => heard.push('second'))
    bell.onRing(() => heard.push('third'))
    bell.ring()
    end()
    bell.ring()
    assert.deepEqual(heard, ['first', 'second', 'third', 'first', 'third'])
  })
})
