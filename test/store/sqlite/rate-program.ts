import { task, Upstream, Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { INTERVAL_MS, LIMIT, PLACES } from './rate-program.options.ts'

// Calls an API for each job in a file, until it is told to stop.

const [path = '', url = ''] = process.argv.slice(2)
const upstream = new Upstream('api', { limit: LIMIT, intervalMs: INTERVAL_MS })
const call = async (_payload: object): Promise<void> => {
  const response = await fetch(`${url}?process=${process.pid}`)
  await response.text()
}
const stop = new AbortController()
process.once('message', () => stop.abort())
{
  await using store = openSqlite(path)
  const worker = new Worker({
    store,
    concurrency: PLACES,
    tasks: { plain: task({ upstream, run: call }), asked: task({ upstream, run: call, reconcile: () => false }) },
  })
  const running = worker.run(stop.signal)
  process.send?.('runs')
  await running
}
process.disconnect()
