import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { systemClock } from '../../src/core/clock.ts'
import { ChannelClosedError } from '../../src/core/errors.ts'
import { drain, filled, printedBy, value } from './probes.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

/** What a caller in JavaScript may give. */
const NO_SIGNAL: AbortSignal = JSON.parse('{}')

describe('Channel: giving up on a signal', () => {
  it('a signal that is aborted already rejects, though there is room and there are values', async () => {
    const channel = filled(2)
    channel.tryReceive()
    const signal = AbortSignal.abort('given up')
    await assert.rejects(channel.send(2, { signal }), (reason) => reason === 'given up')
    await assert.rejects(channel.receive({ signal }), (reason) => reason === 'given up')
    assert.deepEqual(drain(channel), [1])
  })

  for (const place of [0, 1, 2]) {
    it(`a sender that gives up at place ${place} of three sends nothing, and the others keep their order`, async () => {
      const channel = filled(1)
      const controller = new AbortController()
      const waiting = [1, 2, 3].map((each, index) =>
        channel.send(each, index === place ? { signal: controller.signal } : undefined),
      )
      controller.abort()
      await assert.rejects(waiting[place] ?? assert.fail(), { name: 'AbortError' })
      assert.deepEqual(
        drain(channel),
        [0, 1, 2, 3].filter((each) => each !== place + 1),
      )
    })

    it(`a receiver that gives up at place ${place} of three takes nothing, and the others keep their order`, async () => {
      const channel = new Channel<number>(1)
      const controller = new AbortController()
      const waiting = [0, 1, 2].map((index) =>
        channel.receive(index === place ? { signal: controller.signal } : undefined),
      )
      controller.abort()
      await assert.rejects(waiting[place] ?? assert.fail(), { name: 'AbortError' })
      for (const each of [1, 2]) channel.trySend(each)
      assert.deepEqual(await Promise.all(waiting.filter((_, index) => index !== place)), [value(1), value(2)])
    })
  }

  it('the last waiting sender gives up, and the next one waits in its place', async () => {
    const channel = filled(1)
    const controller = new AbortController()
    const givenUp = channel.send(1, { signal: controller.signal })
    controller.abort()
    await assert.rejects(givenUp, { name: 'AbortError' })
    void channel.send(2)
    assert.deepEqual(drain(channel), [0, 2])
  })

  it('a sender whose value has entered was heard: its signal comes too late', async () => {
    const channel = filled(100)
    const controller = new AbortController()
    const entered = channel.send(100, { signal: controller.signal })
    channel.tryReceive()
    controller.abort()
    await entered
    assert.equal(drain(channel).at(-1), 100)
  })

  it('many that wait under one signal share one listener, and all give up in the order in which they came', async () => {
    const channel = filled(1)
    const controller = new AbortController()
    const gaveUp: number[] = []
    const waiting = Array.from({ length: 1_000 }, (_, index) =>
      channel.send(index, { signal: controller.signal }).catch(() => gaveUp.push(index)),
    )
    assert.equal(listeners(controller.signal), 1)
    controller.abort()
    await Promise.all(waiting)
    assert.deepEqual(
      gaveUp,
      Array.from({ length: 1_000 }, (_, index) => index),
    )
    assert.deepEqual(drain(channel), [0])
  })

  it('one signal ends waits at several channels', async () => {
    const controller = new AbortController()
    const waiting = [filled(1).send(1, { signal: controller.signal }), filled(1).send(2, { signal: controller.signal })]
    controller.abort()
    for (const ending of await Promise.allSettled(waiting)) assert.equal(ending.status, 'rejected')
  })

  it('no listener stays, however a wait ends', async () => {
    const { signal } = new AbortController()
    const full = filled(1)
    const sends = [full.send(1, { signal }), full.send(2, { signal })]
    full.tryReceive()
    assert.equal(listeners(signal), 1, 'one sender still waits')
    full.tryReceive()
    assert.equal(listeners(signal), 0, 'all were sent')
    await Promise.all(sends)

    const empty = new Channel<number>(1)
    const receives = [empty.receive({ signal }), empty.receive({ signal })]
    assert.equal(listeners(signal), 1)
    empty.trySend(1)
    empty.close()
    assert.equal(listeners(signal), 0, 'one has received, one is done')
    await Promise.all(receives)

    const closing = filled(1)
    const refused = closing.send(1, { signal })
    closing.close()
    assert.equal(listeners(signal), 0, 'the channel was closed')
    await assert.rejects(refused, ChannelClosedError)

    const controller = new AbortController()
    const aborted = filled(1).send(1, { signal: controller.signal })
    controller.abort()
    assert.equal(listeners(controller.signal), 0, 'it gave up')
    await assert.rejects(aborted, { name: 'AbortError' })

    void filled(2).receive({ signal })
    void new Channel(1).send(1, { signal })
    assert.equal(listeners(signal), 0, 'who does not wait needs no listener')
  })

  it('what is no signal rejects, and nobody waits for it', async () => {
    const channel = filled(1)
    await assert.rejects(channel.send(1, { signal: NO_SIGNAL }), TypeError)
    assert.deepEqual(drain(channel), [0])
    await assert.rejects(channel.receive({ signal: NO_SIGNAL }), TypeError)
    channel.trySend(2)
    assert.deepEqual(drain(channel), [2])
  })

  it('1,000,000 that give up leave no memory behind while nothing else happens', async () => {
    const grownBytes = await printedBy(
      `
      channel.trySend(0)
      const giveUp = async (signals, sendersPerSignal) => {
        for (let round = 0; round < signals; round += 1) {
          const controller = new AbortController()
          const options = { signal: controller.signal }
          for (let sender = 0; sender < sendersPerSignal; sender += 1) channel.send(sender, options).catch(() => {})
          controller.abort('given up')
          if (sendersPerSignal > 1 || round % 10_000 === 0) await new Promise(setImmediate)
        }
        gc()
        return process.memoryUsage().heapUsed
      }
      await giveUp(20_000, 1)
      const before = await giveUp(10, 10_000)
      await giveUp(20_000, 1)
      console.log((await giveUp(90, 10_000)) - before)`,
      1,
    )
    assert.ok(Number(grownBytes) < 2_000_000, `${grownBytes} bytes more than before`)
  })

  it('a signal ends the loop with its reason, and the values that come later stay', async () => {
    const channel = filled(2)
    const controller = new AbortController()
    const seen: number[] = []
    const loop = (async () => {
      for await (const each of channel.values({ signal: controller.signal })) seen.push(each)
    })()
    await systemClock.yield()
    controller.abort('enough')
    await assert.rejects(loop, (reason) => reason === 'enough')
    channel.trySend(2)
    assert.deepEqual(seen, [0, 1])
    assert.deepEqual(drain(channel), [2])
  })
})
