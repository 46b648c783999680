import { MAX_RETRY_AFTER_MS } from '../../core/errors.ts'

const SECONDS = /^\d+$/
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = String.raw`\d{2}:\d{2}:\d{2}`
/** RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, and what RFC 850 made of it, `Sunday, 06-Nov-94 08:49:37 GMT`. */
const HTTP_DATE = new RegExp(
  String.raw`^(?:[A-Z][a-z]{2}, \d{2} ${MONTH} \d{4}|[A-Z][a-z]+day, \d{2}-${MONTH}-\d{2}) ${TIME} GMT$`,
)
/** The third of them, as C's asctime has it, `Sun Nov  6 08:49:37 1994`: in GMT without saying so. */
const ASCTIME = new RegExp(String.raw`^[A-Z][a-z]{2} ${MONTH} [ \d]\d ${TIME} \d{4}$`)

/**
 * How long an answer asks to be left alone, in milliseconds; undefined where it does not say so in a way that can be read. At
 * most 24 h; 0 for a time that has passed. A date is taken against the answer's own `Date`, so that the clocks here and there
 * need not agree, and against `now`, in milliseconds since 1970, where it has none. RFC 9110, section 10.2.3.
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (SECONDS.test(value)) return Math.min(Number(value) * 1_000, MAX_RETRY_AFTER_MS)
  const at = timeOf(value)
  if (at === undefined) return undefined
  const sentAt = timeOf(headers.get('date')?.trim() ?? '') ?? now
  return Math.min(Math.max(0, at - sentAt), MAX_RETRY_AFTER_MS)
}

/** In milliseconds since 1970. Only what has the form of a date: `Date.parse` takes "soon 5" for a day in May. */
function timeOf(date: string): number | undefined {
  const ms = HTTP_DATE.test(date) ? Date.parse(date) : ASCTIME.test(date) ? Date.parse(`${date} GMT`) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
