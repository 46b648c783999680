import { thrownIs, UpstreamError } from '../core/errors.ts'
import type { TaskUpstream } from '../core/upstream.ts'

/**
 * Tells a task's upstream of a failure that is its own, unless that was done where the call was made.
 * True where the upstream is down.
 */
export function reportFailure(upstream: TaskUpstream | undefined, thrown: unknown): boolean {
  if (upstream === undefined || !thrownIs(thrown, UpstreamError)) return false
  if (thrown.upstream === undefined) upstream.failed(thrown)
  return (thrown.upstream ?? upstream.name) === upstream.name && upstream.isDown
}
