/**
 * The fake gateway in a process of its own. Prints one line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM
 * and SIGINT; where `STOP_WITH_PARENT` is 1 also when its stdin ends, as it does when the parent that holds it dies.
 */
import { once } from 'node:events'
import { errorText } from '../../../src/core/error-text.ts'
import { startGateway } from './gateway.ts'
import { gatewaySettings } from './settings.ts'

const stop = new AbortController()
const end = (): void => stop.abort()
process.once('SIGTERM', end).once('SIGINT', end)
if (process.env['STOP_WITH_PARENT'] === '1') process.stdin.once('close', end).once('error', end).resume()

try {
  const gateway = await startGateway(gatewaySettings(process.env))
  console.log(`listening on ${gateway.url}`)
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  await gateway.close()
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
}
if (process.env['STOP_WITH_PARENT'] === '1') process.stdin.destroy()
