import { MAX_ERROR_TEXT } from '../core/error-text.ts'

/** Facts with this beginning are upstreams that are down, by name. One that is well has none. */
export const UPSTREAM_PREFIX = 'upstream/'
/** Longest value, in UTF-16 code units: the longest reason, each of its characters written as `\u…`. */
const MAX_VALUE = 6 * MAX_ERROR_TEXT + 100

/** That an upstream is down. */
export interface UpstreamFact {
  /** Until when it is closed, in milliseconds since 1970; then it may be tried. */
  readonly until: number
  readonly why: string
}

/** A store keeps well-formed texts only. */
export const upstreamFactName = (upstream: string): string => `${UPSTREAM_PREFIX}${upstream.toWellFormed()}`

export const upstreamFactText = ({ until, why }: UpstreamFact): string =>
  JSON.stringify({ until, why: why.slice(0, MAX_ERROR_TEXT) })

/** Undefined for a value that is none: anybody may have written it. */
export function upstreamFactIn(value: string): UpstreamFact | undefined {
  if (value.length > MAX_VALUE) return undefined
  try {
    const { until, why } = JSON.parse(value) as Partial<Record<keyof UpstreamFact, unknown>>
    if (typeof until !== 'number' || !Number.isFinite(until) || typeof why !== 'string') return undefined
    return { until, why: why.slice(0, MAX_ERROR_TEXT) }
  } catch {
    return undefined
  }
}
