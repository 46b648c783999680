import type { Clock } from '../../core/clock.ts'
import type { SubscribeOptions } from '../broker.ts'
import type { Join } from '../membership.ts'

/** What a broker gives its subscriptions. */
export interface Engine {
  readonly join: Join
  readonly clock: Clock
  readonly random: () => number
  /** Aborted when the broker is closed. */
  readonly closing: AbortSignal
}

export async function subscribeWith<Payload>(_engine: Engine, _options: SubscribeOptions<Payload>): Promise<void> {
  throw new Error('not there yet')
}
