/**
 * The tickets service, as `npm start` runs it. Prints one line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM
 * and SIGINT, with exit code 0: messages that are not done by then, which are only in memory, are written to stderr.
 */
import { once } from 'node:events'
import { errorText, logTo } from '../../src/index.ts'
import { startGatewayProcess } from './gateway/start.ts'
import { type Left, startService } from './service.ts'
import { serviceSettings } from './settings.ts'
import { stopSignal } from './stop-signal.ts'

const stop = stopSignal(process.env)
// Whoever reads along may go: that is no reason to lose orders.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

try {
  const { gatewayAddr, ...settings } = serviceSettings(process.env)
  logTo(process.stderr)
  await using gateway = gatewayAddr === undefined ? await startGatewayProcess() : undefined
  if (gateway !== undefined) console.error(`the APIs are a fake gateway: ${gateway.url}`)
  const service = await startService({ ...settings, gatewayAddr: gatewayAddr ?? gateway!.url })
  console.log(`listening on ${service.url}`)
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), service.ended.catch(() => {})])
  tell(await service.stop())
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
}

function tell({ notDone, dead }: Left): void {
  if (notDone.length > 0) console.error(`${notDone.length} messages were not done and end with this process:`)
  for (const message of notDone) console.error(JSON.stringify(message))
  if (dead.length > 0) console.error(`${dead.length} jobs were dead and end with this process:`)
  for (const { id, task, payload, reason, error } of dead) {
    console.error(JSON.stringify({ id, task, payload, reason, error }))
  }
}
