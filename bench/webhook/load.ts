import { argv, stdout } from 'node:process'
import autocannon from 'autocannon'
import { systemClock } from '../../src/core/clock.ts'
import { quantile } from '../quantile.ts'
import type { Load, LoadOrder } from './load-order.ts'
import { ORDER, PATH } from './order.ts'

// The load, in a process of its own: takes a LoadOrder as its argument, and answers with one line of JSON.

const { port, connections, seconds }: LoadOrder = JSON.parse(argv[2] ?? '')

// autocannon's own percentiles are whole milliseconds, too coarse for a ratio of answers that take five.
const latenciesMs: number[] = []
const statuses: Record<string, number> = {}
let bytes = 0

const startMs = systemClock.elapsed()
let endMs = startMs
const { errors, timeouts } = await new Promise<autocannon.Result>((resolve, reject) => {
  const instance = autocannon(
    {
      url: `http://127.0.0.1:${port}${PATH}`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ORDER),
      connections,
      duration: seconds,
    },
    (thrown: unknown, result) => (thrown ? reject(thrown) : resolve(result)),
  )
  instance.on('response', (_client, status, responseBytes, latencyMs) => {
    endMs = systemClock.elapsed()
    latenciesMs.push(latencyMs)
    statuses[status] = (statuses[status] ?? 0) + 1
    bytes += responseBytes
  })
})

const sorted = Float64Array.from(latenciesMs).toSorted()
const load: Load = {
  perSecond: (sorted.length / (endMs - startMs)) * 1_000,
  p50Ms: quantile(sorted, 0.5),
  p99Ms: quantile(sorted, 0.99),
  answerBytes: bytes / sorted.length,
  statuses,
  broken: errors + timeouts,
}
stdout.write(`${JSON.stringify(load)}\n`)
