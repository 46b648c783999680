/**
 * The tickets service, as `npm start` runs it. Prints one line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM
 * and SIGINT, with exit code 0. What is not done by then waits in `DATABASE` for the next start.
 */
import { once } from 'node:events'
import { errorText, logTo, WillcallError } from '../../src/index.ts'
import { openSqlite } from '../../src/sqlite.ts'
import { startGatewayProcess } from './gateway/start.ts'
import { startService } from './service.ts'
import { serviceSettings } from './settings.ts'
import { stopSignal } from '../shared/stop-signal.ts'

/** No handler here brings its process down: where one died, something else did it, and the jobs in work are not to blame. */
const MAX_DEATHS = 100

const stop = stopSignal(process.env)
// Whoever reads along may go: that is no reason to lose orders.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

try {
  const { gatewayAddr, database, ...settings } = serviceSettings(process.env)
  logTo(process.stderr)
  await using store = openSqlite(database, { maxDeaths: MAX_DEATHS })
  const { waiting, running, dead } = await store.count()
  console.error(`${database} has ${waiting + running} jobs to do, and ${dead} that are dead`)
  await using gateway = gatewayAddr === undefined ? await startGatewayProcess() : undefined
  if (gateway !== undefined) console.error(`the APIs are a fake gateway: ${gateway.url}`)
  const service = await startService({ ...settings, store, gatewayAddr: gatewayAddr ?? gateway!.url })
  console.log(`listening on ${service.url}`)
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), service.ended.catch(() => {})])
  await service.stop()
} catch (error) {
  console.error(error instanceof WillcallError ? `${error.code}: ${error.message}` : errorText(error))
  process.exitCode = 1
}
