import type { UpstreamError } from './errors.ts'

/** One call that is under way, or was. */
export interface UpstreamCall {
  /** Gives its place back. Safe to call twice. */
  end(): void
}

/** At most `limit` calls within any `intervalMs`, of which each may be on its way for `transitMs`. */
export interface UpstreamRate {
  readonly limit: number
  readonly intervalMs: number
  readonly transitMs: number
}

/** The API that a task calls, as an attempt and a worker see it. `Upstream` is the one. Times are in milliseconds. */
export interface TaskUpstream {
  readonly name: string
  /** Where its calls are counted over time, so that an attempt may make one only. */
  readonly rate: UpstreamRate | undefined
  /** Whether it was closed, and no call was answered since. */
  readonly isDown: boolean
  /** Until when it is closed, or undefined. */
  readonly closedUntil: Date | undefined
  /** Why it was closed last. */
  readonly closedBecause: string
  /** How often it closed or opened by what was found or said here, and not by others. */
  readonly turns: number
  /** How many calls may begin now. */
  free(): number
  /** In how long there may be more room by the passing of time alone; undefined where time alone makes none. */
  freeInMs(): number | undefined
  /** Takes a place for a call that begins now; undefined where there is none. */
  begin(): UpstreamCall | undefined
  /** The API answered a call as it should, or refused what it was asked. */
  answered(): void
  /** The API failed. */
  failed(error: UpstreamError): void
  /** Others have found it down, and try it no sooner than `until`: nor does it here. A longer closing stands. */
  heardClosed(until: Date, why: string): void
  /** Others have found it well: it opens step by step, also before its time. */
  heardOpened(): void
  /** Calls `listener` whenever it closes, opens, or may have more room; returns what ends that. */
  onRoom(listener: () => void): () => void
}
