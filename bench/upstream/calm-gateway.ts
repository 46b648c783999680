import { type GatewayProcess, startGatewayProcess } from '../../examples/tickets/gateway/start.ts'

/** What a call takes. */
export const CALL_MS = 20

/** A gateway in a process of its own, where nothing fails but in the outages that are begun. Each call takes 20 ms. */
export function startCalmGateway(): Promise<GatewayProcess> {
  return startGatewayProcess({ env: { SEED: '1', FAIL_RATE: '0', SLOW_RATE: '1', SLOW_MS: String(CALL_MS) } })
}
