import { addressIn, wholeIn } from '../../shared/environment.ts'
import { isBadTicket } from '../gateway/bad-ticket.ts'
import { gatewaySettings } from '../gateway/settings.ts'

const DEFAULT_ORDERS = 50
const MAX_ORDERS = 1_000
/** Kills of the service, where there are so many orders. */
const DEFAULT_KILLS = 3
const MAX_KILLS = 10
const DEFAULT_SEED = 1
const MAX_SEED = 2 ** 32 - 1

export interface DemoSettings {
  readonly orders: number
  /** How often the service is killed while they come in, at most once for each. */
  readonly kills: number
  /** Decides the sizes of the orders, and when the service is killed. */
  readonly seed: number
  /** Where the APIs are. Without it a fake gateway is to be started. */
  readonly gatewayAddr: string | undefined
  /** For that gateway. */
  readonly gatewayEnv: NodeJS.ProcessEnv
  /** Whether that gateway refuses the ticket. */
  readonly isBad: (ticketId: string) => boolean
  /** For the service. */
  readonly serviceEnv: NodeJS.ProcessEnv
}

/**
 * What makes a service quick where the APIs are next door and fail often: more calls at once than the default, retries after
 * milliseconds, and calls given up after a second. Against real APIs it would be rude.
 */
const QUICK: NodeJS.ProcessEnv = {
  CONCURRENCY: '50',
  RETRY_MIN_MS: '50',
  RETRY_MAX_MS: '1000',
  CALL_TIMEOUT_MS: '1000',
}

/** Some of each failure. What holds an API back for a second or more is rare, for the demo is to end soon. */
const FAILING: NodeJS.ProcessEnv = {
  FAIL_RATE: '0.2',
  LIMIT_RATE: '0.0003',
  UNAVAILABLE_RATE: '0.0003',
  RETRY_AFTER_MS: '1', // `Retry-After` has whole seconds: one.
  RESET_BEFORE_RATE: '0.003',
  RESET_AFTER_RATE: '0.003',
  SILENT_BEFORE_RATE: '0.0005',
  SILENT_AFTER_RATE: '0.0005',
  BAD_TICKET_RATE: '0.01',
  SLOW_RATE: '0.02',
  OUTAGE_RATE: '0.0002',
  OUTAGE_MS: '1000',
  OUTAGE_PROLONG_MS: '20',
}

/**
 * `ORDERS` (50), `KILLS` (3), `SEED` (1) and `GATEWAY_ADDR`, checked; what else the service and the gateway read from the environment is
 * theirs, with defaults of the demo.
 */
export function demoSettings(env: NodeJS.ProcessEnv): DemoSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
  const gatewayEnv = { ...FAILING, ...given, PORT: '0' }
  const orders = wholeIn(env, 'ORDERS', 1, MAX_ORDERS) ?? DEFAULT_ORDERS
  return {
    orders,
    kills: wholeIn(env, 'KILLS', 0, Math.min(MAX_KILLS, orders)) ?? Math.min(DEFAULT_KILLS, orders),
    seed: wholeIn(env, 'SEED', 0, MAX_SEED) ?? DEFAULT_SEED,
    gatewayAddr: addressIn(env, 'GATEWAY_ADDR'),
    gatewayEnv,
    isBad: isBadTicketOf(gatewayEnv),
    serviceEnv: { ...QUICK, ...given, PORT: '0' },
  }
}

function isBadTicketOf(gatewayEnv: NodeJS.ProcessEnv): (ticketId: string) => boolean {
  const { seed, badTicketRate } = gatewaySettings(gatewayEnv)
  return (ticketId) => isBadTicket(ticketId, { seed, badTicketRate })
}
