import { addressIn, wholeIn } from '../settings.ts'

const DEFAULT_ORDERS = 50
const MAX_ORDERS = 1_000
const DEFAULT_SEED = 1
const MAX_SEED = 2 ** 32 - 1

export interface DemoSettings {
  readonly orders: number
  /** Decides the sizes of the orders. */
  readonly seed: number
  /** Where the APIs are. Without it a fake gateway is to be started. */
  readonly gatewayAddr: string | undefined
  /** For the service. */
  readonly serviceEnv: NodeJS.ProcessEnv
}

/**
 * What makes a service quick where the APIs are next door and fail often: more calls at once than the default, and retries
 * after milliseconds. Against real APIs it would be rude.
 */
const QUICK: NodeJS.ProcessEnv = { CONCURRENCY: '50', RETRY_MIN_MS: '50', RETRY_MAX_MS: '1000' }

/** `ORDERS` (50), `SEED` (1) and `GATEWAY_ADDR`, checked; `CONCURRENCY`, `RETRY_MIN_MS` and `RETRY_MAX_MS` are the service's. */
export function demoSettings(env: NodeJS.ProcessEnv): DemoSettings {
  return {
    orders: wholeIn(env, 'ORDERS', 1, MAX_ORDERS) ?? DEFAULT_ORDERS,
    seed: wholeIn(env, 'SEED', 0, MAX_SEED) ?? DEFAULT_SEED,
    gatewayAddr: addressIn(env, 'GATEWAY_ADDR'),
    serviceEnv: { ...QUICK, ...env, PORT: '0' },
  }
}
