/** Calls within any interval, by the terms of the API. */
export const LIMIT = 10
export const INTERVAL_MS = 1_000
/** Calls at once, more than the limit ever lets through. */
export const CONCURRENCY = 20

/** Makes `calls` calls, no faster than the limit, until the signal is aborted; resolves once none is under way. */
export type Limiter = (call: () => Promise<void>, calls: number, signal: AbortSignal) => Promise<void>
