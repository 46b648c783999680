import type { Clock } from '../../core/clock.ts'
import type { SubscribeOptions } from '../broker.ts'
import type { Join } from '../membership.ts'
import { resolveSubscription } from './resolved-subscription.ts'
import { Subscription } from './subscription.ts'

/** What a broker gives its subscriptions. */
export interface Engine {
  readonly join: Join
  readonly clock: Clock
  readonly random: () => number
  /** Aborted when the broker is closed. */
  readonly closing: AbortSignal
}

/** As `Broker.subscribe`. */
export async function subscribeWith<Payload>(engine: Engine, options: SubscribeOptions<Payload>): Promise<void> {
  const resolved = resolveSubscription(options)
  const { join, clock, random, closing } = engine
  const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing])
  if (signal.aborted) return
  const member = await join({ group: resolved.group, topics: resolved.topics })
  await new Subscription({ member, resolved, clock, random }).run(signal)
}
