import { statSync } from 'node:fs'
import { argv, memoryUsage, resourceUsage, stdout } from 'node:process'
import { systemClock } from '../../src/core/clock.ts'
import { Ledger } from '../memory/ledger.ts'
import type { Answers, BacklogOrder } from './backlog-order.ts'
import { openQueue } from './queue.ts'

// A fresh process: takes a BacklogOrder as its argument, and answers with one line of JSON.

/** How many are pending in the small store, and how many drains of it are not counted. */
const SMALL = 1_000
const SMALL_WARM_UP = 10
/** Of those drained of a large store, so many more come before the clock starts. */
const WARM_UP = SMALL * SMALL_WARM_UP

const MB = 2 ** 20

const order: BacklogOrder = JSON.parse(argv[2] ?? '')
stdout.write(`${JSON.stringify(await answer(order))}\n`)

function answer(to: BacklogOrder): Promise<Answers[BacklogOrder['kind']]> {
  switch (to.kind) {
    case 'scale':
      return scale(to.file)
    case 'fill':
      return fill(to.file, to.messages)
    case 'drain':
      return drain(to.file, to.messages, to.drained)
    case 'small':
      return small(to.file, to.drained)
    case 'heap':
      return heap(to.file, to.messages, to.payloadBytes)
    default:
      throw new TypeError(`there is no order ${String(to satisfies never)}`)
  }
}

/** All the code, and an empty file that was opened. */
async function scale(file: string): Promise<Answers['scale']> {
  await using _queue = openQueue(file, async () => {})
  return { residentMb: memoryUsage.rss() / MB }
}

/** The job of the other task comes last. */
async function fill(file: string, messages: number): Promise<Answers['fill']> {
  {
    await using queue = openQueue(file, async () => {})
    await queue.send(0, messages)
    await queue.sendOther()
  }
  return { fileMb: statSync(file).size / MB }
}

async function drain(file: string, messages: number, drained: number): Promise<Answers['drain']> {
  const ledger = new Ledger(messages, false)
  const all = Promise.withResolvers<number>()
  const other = Promise.withResolvers<number>()
  let ran = 0
  let firstJobMs = Number.NaN
  let residentMb = Number.NaN
  let warmAtMs = Number.NaN
  const startMs = systemClock.elapsed()
  await using queue = openQueue(
    file,
    async (n) => {
      if (ran === 0) {
        firstJobMs = systemClock.elapsed() - startMs
        residentMb = memoryUsage.rss() / MB
      }
      ledger.ran(n)
      ran += 1
      if (ran === WARM_UP) warmAtMs = systemClock.elapsed()
      if (ran === WARM_UP + drained) all.resolve(systemClock.elapsed() - warmAtMs)
    },
    () => other.resolve(systemClock.elapsed() - startMs),
  )
  queue.run()
  const [ms, otherTaskMs] = await Promise.all([all.promise, other.promise])
  const afterMb = memoryUsage.rss() / MB
  await queue.stop()
  const waiting = await queue.waiting()
  if (waiting !== messages - ran) throw new Error(`${messages - ran} messages must be left, got ${waiting}`)
  // The oldest come first, so that these are the first ones.
  ledger.close(ran)
  const peakMb = (resourceUsage().maxRSS * 2 ** 10) / MB
  return { firstJobMs, otherTaskMs, residentMb, afterMb, peakMb, perSecond: (drained / ms) * 1_000 }
}

/**
 * The same jobs from a store that has only 1,000 at a time: they are sent while the handlers wait at a gate, and the clock runs
 * from its opening until all are done.
 */
async function small(file: string, drained: number): Promise<Answers['small']> {
  const ledger = new Ledger(SMALL, false)
  let gate = Promise.withResolvers<void>()
  await using queue = openQueue(file, async (n) => {
    ledger.ran(n)
    await gate.promise
  })
  queue.run()
  const drains = Math.ceil(drained / SMALL)
  let sum = 0
  for (let round = -SMALL_WARM_UP; round < drains; round += 1) {
    gate = Promise.withResolvers<void>()
    await queue.send(0, SMALL)
    const startMs = systemClock.elapsed()
    gate.resolve()
    await queue.idle()
    if (round >= 0) sum += systemClock.elapsed() - startMs
    ledger.close(SMALL)
  }
  return { perSecond: ((drains * SMALL) / sum) * 1_000 }
}

/** All are sent before the first is worked. */
async function heap(file: string, messages: number, payloadBytes: number): Promise<Answers['heap']> {
  const ledger = new Ledger(messages, false)
  const startMs = systemClock.elapsed()
  await using queue = openQueue(file, async (n) => ledger.ran(n))
  await queue.send(0, messages, 'x'.repeat(payloadBytes))
  queue.run()
  await queue.idle()
  ledger.close(messages)
  return { seconds: (systemClock.elapsed() - startMs) / 1_000, peakMb: (resourceUsage().maxRSS * 2 ** 10) / MB }
}
