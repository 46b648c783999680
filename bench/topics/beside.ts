import type { Broker, SubscribeOptions } from '../../src/broker/broker.ts'
import { CONCURRENCY } from './group-reader.ts'
import { TOPIC } from './sale.ts'
import type { Beside } from './topics-order.ts'

/** How long the handler that hangs may take. */
export const HANGS_MS = 1_000

type Wellness = Pick<SubscribeOptions, 'run' | 'timeoutMs' | 'retry'>

const well: Wellness = { run: async () => {} }
const hangs: Wellness = { run: () => new Promise(() => {}), timeoutMs: HANGS_MS }
const fails: Wellness = {
  run: async () => {
    throw new Error('it always fails')
  },
}
const buries: Wellness = { ...fails, retry: { attempts: 1 } }

const GROUPS: Readonly<Record<Beside, readonly Wellness[]>> = {
  well: [well, well],
  fails: [fails, hangs],
  buries: [buries, hangs],
}

/** Subscribes the two groups beside the others; resolves once both have left. */
export async function subscribeBeside(topics: Broker, beside: Beside, signal: AbortSignal): Promise<void> {
  await Promise.all(
    GROUPS[beside].map((wellness, index) =>
      topics.subscribe({
        ...wellness,
        topics: [TOPIC],
        group: `beside-${index}`,
        concurrency: CONCURRENCY,
        graceMs: 0,
        deadlineMs: 0,
        signal,
      }),
    ),
  )
}
