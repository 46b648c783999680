import { task, Upstream, Worker } from '../../../src/index.ts'
import { CONCURRENCY, INTERVAL_MS, LIMIT, type Limiter } from './limiter.ts'

/** A worker in memory whose upstream has the limit. */
export const willcall: Limiter = async (call, calls, signal) => {
  const upstream = new Upstream('receipts', { limit: LIMIT, intervalMs: INTERVAL_MS })
  const worker = new Worker({
    tasks: { call: task({ upstream, run: (_message: object) => call() }) },
    concurrency: CONCURRENCY,
    capacity: calls,
  })
  const running = worker.run(signal)
  await worker.send(...Array.from({ length: calls }, () => ({ task: 'call' as const })))
  await running
}
