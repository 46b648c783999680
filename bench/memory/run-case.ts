import { argv, memoryUsage, resourceUsage, stdout } from 'node:process'
import { systemClock } from '../../src/core/clock.ts'
import type { CaseOrder, Heap, Late, Speed } from './case-order.ts'
import { HeapPeak } from './heap-peak.ts'
import { Lateness } from './lateness.ts'
import { Ledger } from './ledger.ts'
import type { Handler, Pass } from './subject.ts'
import { SUBJECTS } from './subjects.ts'

// A fresh process for one case: takes a CaseOrder as its argument, and answers with one line of JSON.

/** Messages before the clock starts: a worker runs for days, not for the second in which its code is compiled. */
const WARM_UP = 200_000
/** Messages between two looks at the clock while lateness is measured: the sender yields only where its queue makes it. */
const LATENESS_PASS = 10_000
/** A case that is so late has shown that it starves timers: looking longer finds nothing else. */
const STARVED_MS = 2_000

const order: CaseOrder = JSON.parse(argv[2] ?? '')
const makePass = await SUBJECTS[order.subject]()
const stop = new AbortController()
const ledger = new Ledger(order.messages, order.failing)

stdout.write(`${JSON.stringify(await measured())}\n`)
stop.abort()

function measured(): Promise<Speed | Heap | Late> {
  switch (order.measure) {
    case 'speed':
      return speed()
    case 'heap':
      return heap()
    case 'lateness':
      return lateness()
    default:
      throw new TypeError(`there is no measure ${String(order.measure satisfies never)}`)
  }
}

function passWith(handler: Handler): Pass {
  return makePass({ handler, callSize: order.callSize, failing: order.failing, signal: stop.signal })
}

async function speed(): Promise<Speed> {
  const pass = passWith(async ({ n }) => ledger.ran(n))
  await pass(Math.min(WARM_UP, order.messages))
  ledger.close(Math.min(WARM_UP, order.messages))
  const residentBytes = memoryUsage.rss()
  const startMs = systemClock.elapsed()
  await pass(order.messages)
  const ms = systemClock.elapsed() - startMs
  const residentMb = (resourceUsage().maxRSS * 2 ** 10 - residentBytes) / 2 ** 20
  ledger.close(order.messages)
  return { ms, residentMb }
}

async function heap(): Promise<Heap> {
  const peak = new HeapPeak(order.messages)
  const pass = passWith(async ({ n }) => {
    peak.ran(n)
    ledger.ran(n)
  })
  await pass(order.messages)
  ledger.close(order.messages)
  return { growthMb: peak.growthMb }
}

async function lateness(): Promise<Late> {
  const pass = passWith(async ({ n }) => ledger.ran(n))
  const count = Math.min(LATENESS_PASS, order.messages)
  const late = new Lateness()
  const endMs = systemClock.elapsed() + order.latenessMs
  late.start()
  while (systemClock.elapsed() < endMs && late.overdueMs < STARVED_MS) {
    await pass(count)
    ledger.close(count)
  }
  return late.stop()
}
