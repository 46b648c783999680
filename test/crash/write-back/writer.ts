import { systemClock } from '../../../src/index.ts'
import { subjects, type SubjectName } from './subjects.ts'

/** How many messages it shall send, one after the other, beginning with this number. */
export interface Order {
  readonly first: number
  readonly count: number
}

/** The numbers of those that were acknowledged; the others were refused. */
export interface Acknowledged {
  readonly acknowledged: readonly number[]
}

/** Between a send that was refused and the next, in milliseconds. */
const REST_MS = 5

/** A process of its own, since it is killed before the disk is looked at. */
const [, , name, path = ''] = process.argv
const send = subjects[name as SubjectName](path)

async function sendSome({ first, count }: Order): Promise<Acknowledged> {
  const acknowledged: number[] = []
  for (let n = first; n < first + count; n += 1) {
    await send(n).then(
      () => acknowledged.push(n),
      () => new Promise<void>((resolve) => systemClock.after(REST_MS, resolve)),
    )
  }
  return { acknowledged }
}

process.on('message', (order: Order) => void sendSome(order).then((answer) => process.send?.(answer)))
process.once('disconnect', () => process.exit())
