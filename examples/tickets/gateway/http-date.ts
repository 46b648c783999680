/** A time as HTTP writes it, to the second: `Thu, 01 Jan 2026 12:00:00 GMT` (IMF-fixdate, RFC 9110, 5.6.7). */
export function httpDate(at: number): string {
  return new Date(at).toUTCString()
}
