import { addressIn, textIn, wholeIn } from '../shared/environment.ts'
import type { ServiceOptions } from './service.ts'

/** The port in the examples of the real service. */
const DEFAULT_PORT = 8_080
const DEFAULT_DATABASE = 'tickets.db'
const MAX_CONCURRENCY = 1_000
/** The worker's own. */
const DEFAULT_RETRY_MIN_MS = 1_000
/** An hour. */
const MAX_RETRY_MS = 3_600_000
const MAX_CALL_TIMEOUT_MS = 3_600_000

/** What the environment says of a service. Without `gatewayAddr` a fake gateway is to be started. */
export type ServiceSettings = Omit<ServiceOptions, 'gatewayAddr' | 'store'> & {
  readonly gatewayAddr?: string
  /** The path of the file that messages are kept in. */
  readonly database: string
}

/**
 * `PORT` (8080), `GATEWAY_ADDR`, `DATABASE` (tickets.db), `CONCURRENCY`, `RETRY_MIN_MS`, `RETRY_MAX_MS` and `CALL_TIMEOUT_MS`,
 * checked. Whether `DATABASE` can be opened is known once it is.
 */
export function serviceSettings(env: NodeJS.ProcessEnv): ServiceSettings {
  const gatewayAddr = addressIn(env, 'GATEWAY_ADDR')
  const concurrency = wholeIn(env, 'CONCURRENCY', 1, MAX_CONCURRENCY)
  const minMs = wholeIn(env, 'RETRY_MIN_MS', 0, MAX_RETRY_MS)
  const maxMs = wholeIn(env, 'RETRY_MAX_MS', minMs ?? DEFAULT_RETRY_MIN_MS, MAX_RETRY_MS)
  const callTimeoutMs = wholeIn(env, 'CALL_TIMEOUT_MS', 1, MAX_CALL_TIMEOUT_MS)
  return {
    port: wholeIn(env, 'PORT', 0, 65_535) ?? DEFAULT_PORT,
    database: textIn(env, 'DATABASE') ?? DEFAULT_DATABASE,
    ...(gatewayAddr !== undefined && { gatewayAddr }),
    ...(concurrency !== undefined && { concurrency }),
    ...(callTimeoutMs !== undefined && { callTimeoutMs }),
    retry: { ...(minMs !== undefined && { minMs }), ...(maxMs !== undefined && { maxMs }) },
  }
}
