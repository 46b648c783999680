import { scrypt } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { argv, exit, stdout } from 'node:process'
import { promisify } from 'node:util'
import { systemClock } from '../../src/core/clock.ts'
import { errorText } from '../../src/core/error-text.ts'
import type { Subject } from '../durable/subject.ts'
import { SUBJECTS } from '../durable/subjects.ts'
import { quantile } from '../quantile.ts'
import { pause } from '../upstream/pause.ts'
import { LoopDelay } from './loop-delay.ts'
import { acknowledgedFile, type LoopOrder, type LoopResult, workedFile } from './loop-order.ts'

// A fresh process that sends and works: takes a LoopOrder as its argument, and answers with one line of JSON.

/** Load before the load that counts. */
const WARM_UP_MS = 1_000
/** Between two looks whether everything is done, where several processes share the file. */
const LOOK_MS = 20
const PREFIX = 'ticket-'

const hash = promisify(scrypt)

const order: LoopOrder = JSON.parse(argv[2] ?? '')
const { folder, clients, seconds, beginAt, index, processes, hashes, slowMs } = order
if (slowMs > 0) await checkSlow()

const acknowledged: number[] = []
const worked: number[] = []
const latenciesMs: number[] = []
const errors: unknown[] = []
const delay = new LoopDelay()

const makeSubject = await SUBJECTS[order.subject].load()
const place = { folder: path.join(folder, 'data') }
await mkdir(place.folder, { recursive: true })
const subject = await makeSubject(
  place,
  async ({ ticketId }) => void worked.push(Number(ticketId.slice(PREFIX.length))),
)

await pause(Math.max(0, beginAt - systemClock.now()))
const countFrom = systemClock.elapsed() + WARM_UP_MS
const endAt = countFrom + seconds * 1_000
let next = index
const clientsDone = Promise.all(Array.from({ length: clients }, client))
const hashesDone = Promise.all(Array.from({ length: hashes }, hashAway))
await pause(WARM_UP_MS)
delay.start()
await pause(endAt - systemClock.elapsed())
const { p99Ms, maxMs } = delay.stop()
await Promise.all([clientsDone, hashesDone])
await allDone(subject)
await subject[Symbol.asyncDispose]()

await Promise.all([
  writeFile(path.join(folder, acknowledgedFile(index)), Float64Array.from(acknowledged)),
  writeFile(path.join(folder, workedFile(index)), Float64Array.from(worked)),
])
const sorted = Float64Array.from(latenciesMs).toSorted()
const result: LoopResult = {
  sent: acknowledged.length,
  worked: worked.length,
  errors: errors.length,
  ...(errors.length > 0 && { error: errorText(errors[0]) }),
  perSecond: sorted.length / seconds,
  sendP50Ms: quantile(sorted, 0.5),
  sendP99Ms: quantile(sorted, 0.99),
  sendMaxMs: quantile(sorted, 1),
  delayP99Ms: p99Ms,
  delayMaxMs: maxMs,
}
stdout.write(`${JSON.stringify(result)}\n`, () => exit())

/** Sends one message after the other; one that was refused is counted, and never sent again. */
async function client(): Promise<void> {
  for (let sentAt = systemClock.elapsed(); sentAt < endAt; sentAt = systemClock.elapsed()) {
    const n = next
    next += processes
    try {
      await subject.send({ ticketId: `${PREFIX}${n}` })
      acknowledged.push(n)
    } catch (thrown) {
      errors.push(thrown)
    }
    if (sentAt >= countFrom) latenciesMs.push(systemClock.elapsed() - sentAt)
  }
}

async function hashAway(): Promise<void> {
  while (systemClock.elapsed() < endAt) await hash('a password', 'a salt', 64)
}

async function allDone({ done, left }: Subject): Promise<void> {
  if (processes === 1 || left === undefined) return done.call(subject, acknowledged.length)
  while ((await left()) > 0) await pause(LOOK_MS)
}

/** A figure with a fast disk would say nothing. */
async function checkSlow(): Promise<void> {
  await using file = await open(path.join(folder, 'slow'), 'w')
  await file.write('slow')
  const startMs = systemClock.elapsed()
  await file.datasync()
  const ms = systemClock.elapsed() - startMs
  if (ms < slowMs) throw new Error(`a sync must take ${slowMs} ms at least, took ${ms}`)
}
