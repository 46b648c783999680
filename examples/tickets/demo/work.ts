import ky from 'ky'
import { systemClock } from '../../../src/index.ts'
import type { ServiceStatistics } from '../statistics.ts'
import type { Kill } from './kills.ts'
import { jobCountOf, type Order } from './orders.ts'
import { pause } from './pause.ts'
import { Progress, type ProgressStream } from './progress.ts'
import { sendOrders } from './send-orders.ts'
import type { ServiceProcess } from './service-process.ts'

/** How often the service is asked how far it is. */
const ASK_EVERY_MS = 100
/** Orders are sent for so long for each kill. */
const SENDING_MS_PER_KILL = 2_500

export interface Work {
  readonly service: ServiceProcess
  readonly orders: readonly Order[]
  /** When the service is killed, in this order. */
  readonly kills: readonly Kill[]
  readonly limitMs: number
  readonly stream: ProgressStream
  readonly stop: AbortSignal
}

/** How it went. */
export interface Worked {
  /** Jobs, as the service last said. */
  readonly dead: number
  /** How often an order was sent again that had got no answer. */
  readonly resent: number
  /** False: the time was up before that. */
  readonly finished: boolean
}

/**
 * Sends the orders, kills the service meanwhile, and shows how far it is, until all jobs are done or dead, or `limitMs` have
 * passed.
 */
export async function work({ service, orders, kills, limitMs, stream, stop }: Work): Promise<Worked> {
  const ends = new AbortController()
  const tooLate = new Error(`not everything was done within ${limitMs} ms`)
  const limit = systemClock.after(limitMs, () => ends.abort(tooLate))
  void service.ended.then((how) => ends.abort(new Error(`the service ended too early (${how})`)))
  const signal = AbortSignal.any([stop, ends.signal])
  const progress = new Progress(stream)
  const sent: Sent = { jobs: 0, again: 0, all: false }
  sendAll({ service, orders, kills }, { sent, progress, signal }).catch((error: unknown) => ends.abort(error))

  const total = orders.reduce((sum, order) => sum + jobCountOf(order), 0)
  const began = systemClock.elapsed()
  let [done, dead] = [0, 0]
  try {
    for (;;) {
      const { all, jobs } = sent
      const statistics = await statisticsOf(await service.url(), signal)
      if (statistics !== undefined) {
        const left = statistics.waiting + statistics.running
        dead = statistics.dead
        // Of an order that has not been answered some jobs may be left already.
        done = Math.max(done, jobs - left - dead)
        const now = { done, dead, total, elapsedMs: systemClock.elapsed() - began }
        if (all && left === 0) {
          progress.end(now)
          return { dead, resent: sent.again, finished: true }
        }
        progress.show(now)
      }
      await pause(ASK_EVERY_MS, signal)
    }
  } catch (error) {
    stream.write('\n')
    if (signal.reason === tooLate) return { dead, resent: sent.again, finished: false }
    throw signal.aborted ? signal.reason : error
  } finally {
    limit.cancel()
    ends.abort()
  }
}

/** What is known of the orders so far. */
interface Sent {
  /** Jobs of those that were taken. */
  jobs: number
  /** How often one was sent again. */
  again: number
  /** Whether all were taken. */
  all: boolean
}

interface SendingNow {
  readonly sent: Sent
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Sends the orders one after the other, and kills the service while some of them are on their way. */
async function sendAll(
  { service, orders, kills }: Pick<Work, 'service' | 'orders' | 'kills'>,
  { sent, progress, signal }: SendingNow,
): Promise<void> {
  const everyMs = (kills.length * SENDING_MS_PER_KILL) / orders.length
  const onSent = async (index: number): Promise<void> => {
    const kill = kills.findIndex(({ order }) => order === index)
    if (kill >= 0) {
      await pause(kills[kill]?.afterMs ?? 0, signal)
      await service.kill()
      progress.tell(`killed the service (${kill + 1} of ${kills.length}) and started it again: ${await service.url()}`)
    }
    await pause(everyMs, signal)
  }
  const onTaken = (order: Order): void => {
    sent.jobs += jobCountOf(order)
  }
  const onUnanswered = (): void => {
    sent.again += 1
  }
  await sendOrders({ service, orders, signal, onSent, onTaken, onUnanswered })
  sent.all = true
}

/** Undefined where the service is being killed. */
async function statisticsOf(serviceUrl: string, signal: AbortSignal): Promise<ServiceStatistics | undefined> {
  try {
    return await ky.get(`${serviceUrl}/statistics`, { retry: 0, signal }).json<ServiceStatistics>()
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
