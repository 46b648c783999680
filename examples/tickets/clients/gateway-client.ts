import ky, { type KyInstance } from 'ky'
import type { Clock, ReportedUpstream } from '../../../src/index.ts'
import { upstreamHooks } from '../../../src/upstream/ky.ts'

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up. Default: it waits for its answer. */
  readonly signal?: AbortSignal | undefined
  /** Sent as `Correlation-ID`. Default: none; the API makes one. */
  readonly correlationId?: string | undefined
}

/**
 * A client of the API at `path` behind the gateway. It tries once and has no time-out: the worker's retry and its task's
 * time-out act. The upstream is told how each call ends, and what is thrown says what that means for a job.
 */
export function gatewayClient(gatewayAddr: string, path: string, upstream: ReportedUpstream, clock: Clock): KyInstance {
  const api = ky.create({ baseUrl: new URL(path, rootOf(gatewayAddr)), timeout: false })
  return api.extend(upstreamHooks(upstream, { clock }))
}

/** The options of ky for one call. */
export function callOptions({ signal, correlationId }: CallOptions): {
  signal?: AbortSignal
  headers: Record<string, string>
} {
  return {
    ...(signal && { signal }),
    headers: correlationId === undefined ? {} : { 'Correlation-ID': correlationId },
  }
}

function rootOf(gatewayAddr: string): string {
  if (!/^https?:$/.test(URL.parse(gatewayAddr)?.protocol ?? '')) {
    throw new TypeError(`the gateway's address must be an http or https URL, got ${JSON.stringify(gatewayAddr)}`)
  }
  return gatewayAddr.endsWith('/') ? gatewayAddr : `${gatewayAddr}/`
}
