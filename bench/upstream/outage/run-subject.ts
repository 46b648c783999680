import { argv, exit, stdout } from 'node:process'
import { systemClock } from '../../../src/core/clock.ts'
import { beginOutage, type Outage } from '../begin-outage.ts'
import { CallLog } from '../call-log.ts'
import { pause } from '../pause.ts'
import { figuresOf } from './figures.ts'
import { type OutageOrder, ticketIdOf } from './outage-order.ts'
import { SUBJECTS } from './subjects.ts'

// A fresh process for one subject: takes an OutageOrder as its argument, and answers with one line of JSON.

/** What is not done so long after the last ticket is given up. */
const MAX_AFTER_MS = 180_000

const order: OutageOrder = JSON.parse(argv[2] ?? '')
const { gatewayUrl, redisPort, seconds, ticketsPerSecond } = order
const tickets = seconds * ticketsPerSecond
const thirdMs = (seconds * 1_000) / 3

const log = new CallLog()
const makeSubject = await SUBJECTS[order.subject]()
const subject = await makeSubject({ gatewayUrl, log, redisPort })

const startedAt = systemClock.elapsed()
const [outage, sentAt] = await Promise.all([downLater(), load()])
await Promise.race([log.complete(tickets), pause(MAX_AFTER_MS)])
const attemptsSpent = subject.attemptsSpent?.()
const closedAt = subject.closedAt?.()
const result = figuresOf({ calls: log.calls, sentAt, startedAt, outage, attemptsSpent, closedAt })
await subject.close()
// Calls that were given up may still wait for their next attempt.
stdout.write(`${JSON.stringify(result)}\n`, () => exit())

async function downLater(): Promise<Outage> {
  await pause(thirdMs)
  return beginOutage(gatewayUrl, thirdMs, 0)
}

/** One ticket after the other, each at its time, whatever became of those before. */
async function load(): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>()
  for (let n = 0; n < tickets; n += 1) {
    const at = startedAt + (n * 1_000) / ticketsPerSecond
    await pause(Math.max(0, at - systemClock.elapsed()))
    times.set(ticketIdOf(n), systemClock.elapsed())
    subject.send(ticketIdOf(n))
  }
  return times
}
