import { numberIn } from '../number-in.ts'
import type { GatewayOptions } from './gateway.ts'

/** The port in the examples of the real APIs. */
const DEFAULT_PORT = 8_888

/** What the environment says of a gateway: `PORT` (8888), `SEED` and `FAIL_RATE`. Their ranges are checked at its start. */
export function gatewaySettings(env: NodeJS.ProcessEnv): GatewayOptions {
  return {
    port: numberIn(env, 'PORT') ?? DEFAULT_PORT,
    seed: numberIn(env, 'SEED'),
    failRate: numberIn(env, 'FAIL_RATE'),
  }
}
