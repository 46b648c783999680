/** What the API of `rate-program.ts` takes. */
export const LIMIT = 4
export const INTERVAL_MS = 3_000
/** Of each process: no one of them can make all the calls that the API takes. */
export const PLACES = 2
