/**
 * The books service, as `npm run books` runs it. Prints one line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM
 * and SIGINT, with exit code 0. Books without a publisher get theirs after the next start.
 */
import { once } from 'node:events'
import { errorText, logTo, WillcallError } from '../../src/index.ts'
import { stopSignal } from '../shared/stop-signal.ts'
import { fakeGateway } from './gateway/fake.ts'
import { openLibrary } from './gateway/open-library.ts'
import { startService } from './service.ts'
import { settingsIn } from './settings.ts'

const stop = stopSignal(process.env)
// Whoever reads along may go: that is no reason to lose books.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

try {
  const { openLibraryAddr, callTimeoutMs, ...settings } = settingsIn(process.env)
  logTo(process.stderr)
  if (openLibraryAddr === undefined) console.error('OPENLIBRARY_ADDR is not set: a fake gateway is asked')
  const gateway =
    openLibraryAddr === undefined ? fakeGateway() : openLibrary(openLibraryAddr, { timeoutMs: callTimeoutMs })
  const service = await startService({ ...settings, gateway })
  console.log(`listening on ${service.url}`)
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), service.ended.catch(() => {})])
  await service.stop()
} catch (error) {
  console.error(error instanceof WillcallError ? `${error.code}: ${error.message}` : errorText(error))
  process.exitCode = 1
}
