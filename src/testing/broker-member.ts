import type { Broker } from '../broker/broker.ts'
import { subscribe } from '../core/events.ts'
import { type MemberFact, type MemberOrder, type Numbered, pause } from './broker-case.ts'
import { seededRandom } from './random.ts'

const NS_PER_MS = 1_000_000

/**
 * What the process of a member runs, whatever its engine is: it handles records as it is ordered, until the signal. `tell` must not
 * return before what it is given is known outside, for the process may be killed at any time.
 */
export async function liveAsMember(
  broker: Broker,
  { fates = {}, takesMs = 0, ...order }: MemberOrder,
  tell: (fact: MemberFact) => void,
  signal: AbortSignal,
): Promise<void> {
  const random = seededRandom(process.pid)
  const numbers = new Map<string, number>()
  const now = (): number => Number(process.hrtime.bigint()) / NS_PER_MS
  const deafen = subscribe('record.done', ({ topic, partition, offset, attempt }) => {
    const n = numbers.get(`${topic} ${partition} ${offset}`) ?? Number.NaN
    tell({ fact: 'committed', n, topic, partition, offset, attempt, atMs: now() })
  })
  try {
    await broker.subscribe<Numbered>({
      ...order,
      signal,
      run: async ({ n }, { record, attempt }) => {
        const { topic, partition, offset, key } = record
        const told = (fact: MemberFact['fact']): void =>
          tell({ fact, n, topic, partition, offset, key, attempt, atMs: now() })
        numbers.set(`${topic} ${partition} ${offset}`, n)
        told('began')
        const fate = fates[n]
        if (takesMs > 0) await pause(random() * takesMs)
        if (fate === 'hangs') await new Promise(() => {})
        if (fate === 'kills') process.kill(process.pid, 'SIGKILL')
        if (fate === 'throws') throw new Error(`${n} was to fail`)
        told('done')
      },
    })
  } finally {
    deafen()
  }
}
