import { argv } from 'node:process'
import express from 'express'
import { SUBJECTS } from '../durable/subjects.ts'
import { listen } from './listen.ts'
import { PATH, ticketsOf } from './order.ts'
import type { QueueServerOrder } from './queue-server-order.ts'

// The webhook of a peer's user: Express reads the order, and answers 202 once the queue has its messages.

const { subject: name, place, answer }: QueueServerOrder = JSON.parse(argv[2] ?? '')

let worked = 0
let sent = 0
const makeSubject = await SUBJECTS[name].load()
const subject = await makeSubject(place, async () => {
  worked += 1
})
const underWay = new Set<Promise<void>>()

const app = express()
app.post(PATH, express.json(), (request, response, next) => {
  const answered = keep(request.body).then(() => void response.status(202).json(answer), next)
  underWay.add(answered)
  void answered.finally(() => underWay.delete(answered))
})

await listen(app, async () => {
  await Promise.all(underWay)
  await subject.done(sent)
  await subject[Symbol.asyncDispose]()
  return { worked }
})

/** A receipt and a row for each ticket. */
async function keep(body: unknown): Promise<void> {
  const messages = ticketsOf(body).flatMap(({ ticketId }) => [{ ticketId }, { ticketId }])
  await subject.send(...messages)
  sent += messages.length
}
