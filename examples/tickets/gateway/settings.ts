import { numberIn } from '../../shared/environment.ts'
import type { GatewayOptions } from './gateway.ts'

/** The port in the examples of the real APIs. */
const DEFAULT_PORT = 8_888

/**
 * What the environment says of a gateway: `PORT` (8888) and `SEED`; the rates, which are 0 but for `FAIL_RATE` (0.3); and the
 * durations `RETRY_AFTER_MS` (1,000), `SLOW_MS` (200), `OUTAGE_MS` (20,000) and `OUTAGE_PROLONG_MS` (100). Their ranges are
 * checked at its start.
 */
export function gatewaySettings(env: NodeJS.ProcessEnv): GatewayOptions {
  return {
    port: numberIn(env, 'PORT') ?? DEFAULT_PORT,
    seed: numberIn(env, 'SEED'),
    failRate: numberIn(env, 'FAIL_RATE'),
    limitRate: numberIn(env, 'LIMIT_RATE'),
    unavailableRate: numberIn(env, 'UNAVAILABLE_RATE'),
    retryAfterMs: numberIn(env, 'RETRY_AFTER_MS'),
    resetBeforeRate: numberIn(env, 'RESET_BEFORE_RATE'),
    resetAfterRate: numberIn(env, 'RESET_AFTER_RATE'),
    silentBeforeRate: numberIn(env, 'SILENT_BEFORE_RATE'),
    silentAfterRate: numberIn(env, 'SILENT_AFTER_RATE'),
    badTicketRate: numberIn(env, 'BAD_TICKET_RATE'),
    slowRate: numberIn(env, 'SLOW_RATE'),
    slowMs: numberIn(env, 'SLOW_MS'),
    outageRate: numberIn(env, 'OUTAGE_RATE'),
    outageMs: numberIn(env, 'OUTAGE_MS'),
    outageProlongMs: numberIn(env, 'OUTAGE_PROLONG_MS'),
  }
}
