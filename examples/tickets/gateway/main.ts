/**
 * The fake gateway in a process of its own. Prints one line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM
 * and SIGINT; where `STOP_WITH_PARENT` is 1 also when its stdin ends, as it does when the parent that holds it dies.
 */
import { once } from 'node:events'
import { errorText } from '../../../src/index.ts'
import { stopSignal } from '../../shared/stop-signal.ts'
import { startGateway } from './gateway.ts'
import { gatewaySettings } from './settings.ts'

const stop = stopSignal(process.env)

try {
  const gateway = await startGateway(gatewaySettings(process.env))
  console.log(`listening on ${gateway.url}`)
  if (!stop.aborted) await once(stop, 'abort')
  await gateway.close()
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
}
