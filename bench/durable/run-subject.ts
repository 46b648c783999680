import { argv, exit, stdout } from 'node:process'
import { systemClock } from '../../src/core/clock.ts'
import { Ledger } from '../memory/ledger.ts'
import type { DurableOrder, Speed } from './durable-order.ts'
import { SUBJECTS } from './subjects.ts'

// A fresh process for one subject: takes a DurableOrder as its argument, and answers with one line of JSON.

const PREFIX = 'ticket-'

const order: DurableOrder = JSON.parse(argv[2] ?? '')
const { senders, warmUp, messages, until } = order
const ledger = new Ledger(warmUp + messages, false)
const makeSubject = await SUBJECTS[order.subject].load()
const subject = await makeSubject(order.place, async ({ ticketId }) =>
  ledger.ran(Number(ticketId.slice(PREFIX.length))),
)

await pass(0, warmUp)
const ms = await pass(warmUp, warmUp + messages)
await subject[Symbol.asyncDispose]()
// After the end, so that a message that came twice had its chance.
ledger.close(warmUp + messages)
const speed: Speed = { ms }
stdout.write(`${JSON.stringify(speed)}\n`, () => exit())

/** Sends the messages from `first` up to `last`, without `last`, and answers with how long that took. */
async function pass(first: number, last: number): Promise<number> {
  let next = first
  const sender = async (): Promise<void> => {
    while (next < last) {
      const ticketId = `${PREFIX}${next}`
      next += 1
      await subject.send({ ticketId })
    }
  }
  const startMs = systemClock.elapsed()
  await Promise.all(Array.from({ length: senders }, sender))
  const acknowledgedMs = systemClock.elapsed() - startMs
  await subject.done(last)
  return until === 'done' ? systemClock.elapsed() - startMs : acknowledgedMs
}
