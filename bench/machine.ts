import { availableParallelism } from 'node:os'
import { arch, platform, version } from 'node:process'

/** What the figures depend on, without names of hosts or paths. */
export function machine(): string {
  return `Node ${version.slice(1)}, ${availableParallelism()} cores, ${platform} ${arch}`
}
