import ky from 'ky'
import { systemClock } from '../../../src/index.ts'
import type { Child } from '../child.ts'
import type { ServiceStatistics } from '../statistics.ts'
import { jobsOf, type Order } from './orders.ts'
import { pause } from './pause.ts'
import { Progress, type ProgressStream } from './progress.ts'
import { sendOrders } from './send-orders.ts'

/** How often the service is asked how far it is. */
const ASK_EVERY_MS = 100

const NOTHING: ServiceStatistics = {
  waiting: 0,
  running: 0,
  done: 0,
  dead: 0,
  retries: 0,
  unknown: 0,
  reconciled: 0,
  closed: 0,
}

export interface Work {
  readonly service: Child
  readonly orders: readonly Order[]
  readonly limitMs: number
  readonly stream: ProgressStream
  readonly stop: AbortSignal
}

/** How it went. */
export interface Worked {
  /** As the service last said. */
  readonly statistics: ServiceStatistics
  /** False: the time was up before that. */
  readonly finished: boolean
}

/** Sends the orders and shows how far the service is, until all their jobs are done or dead, or `limitMs` have passed. */
export async function work({ service, orders, limitMs, stream, stop }: Work): Promise<Worked> {
  const ends = new AbortController()
  const tooLate = new Error(`not everything was done within ${limitMs} ms`)
  const limit = systemClock.after(limitMs, () => ends.abort(tooLate))
  void service.ended.then((how) => ends.abort(new Error(`the service ended too early (${how})`)))
  const signal = AbortSignal.any([stop, ends.signal])

  let allSent = false
  const sending = sendOrders(service.url, orders, signal).then(() => {
    allSent = true
  })
  sending.catch((error: unknown) => ends.abort(error))

  const total = orders.flatMap(({ tickets }) => tickets).reduce((sum, ticket) => sum + jobsOf(ticket), 0)
  const progress = new Progress(stream)
  const began = systemClock.elapsed()
  let statistics = NOTHING
  try {
    for (;;) {
      const nothingMoreComes = allSent
      statistics = await ky.get(`${service.url}/statistics`, { retry: 0, signal }).json<ServiceStatistics>()
      const { done, dead, retries } = statistics
      const now = { done, dead, total, retries, elapsedMs: systemClock.elapsed() - began }
      if (nothingMoreComes && done + dead >= total) {
        progress.end(now)
        return { statistics, finished: true }
      }
      progress.show(now)
      await pause(ASK_EVERY_MS, signal)
    }
  } catch (error) {
    stream.write('\n')
    if (signal.reason === tooLate) return { statistics, finished: false }
    throw signal.aborted ? signal.reason : error
  } finally {
    limit.cancel()
    ends.abort()
  }
}
