import ky from 'ky'
import { type Child, startChild } from '../../shared/child.ts'
import type { ApiName } from './endpoints.ts'
import type { GatewayStatistics } from './gateway.ts'
import type { OutageLength } from './outages.ts'

/** A gateway that has not ended this long after SIGTERM is killed. */
const STOP_MS = 5_000

export interface GatewayProcessOptions {
  /** Added to this process's own environment: see `gatewaySettings`. Default: nothing; the port is picked. */
  readonly env?: NodeJS.ProcessEnv
}

export interface GatewayProcess extends Child {
  statistics(): Promise<GatewayStatistics>
  /** Resolves once the API is down. */
  beginOutage(api: ApiName, length?: OutageLength): Promise<void>
}

/** Starts a gateway in a process of its own and resolves once it listens. */
export async function startGatewayProcess({ env = {} }: GatewayProcessOptions = {}): Promise<GatewayProcess> {
  const child = await startChild({
    name: 'the gateway',
    main: new URL('./main.ts', import.meta.url),
    env,
    stopMs: STOP_MS,
  })
  return {
    ...child,
    statistics: () => ky.get(`${child.url}/statistics`, { retry: 0 }).json<GatewayStatistics>(),
    beginOutage: async (api, length = {}) => {
      await ky.post(`${child.url}/outages`, { retry: 0, json: { api, ...length } }).arrayBuffer()
    },
  }
}
