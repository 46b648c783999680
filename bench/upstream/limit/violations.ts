/** How many windows, each beginning with an arrival, hold more than `limit` of them. Times are in order, in milliseconds. */
export function violations(arrivals: readonly number[], limit: number, windowMs: number): number {
  return spansMs(arrivals, limit).filter((spanMs) => spanMs < windowMs).length
}

/** The shortest time in which more than `limit` arrived; infinite where no more did. */
export function shortestMs(arrivals: readonly number[], limit: number): number {
  return Math.min(...spansMs(arrivals, limit))
}

/** From each arrival to the one that is `limit` later. */
function spansMs(arrivals: readonly number[], limit: number): readonly number[] {
  return arrivals.slice(limit).map((at, n) => at - (arrivals[n] ?? Number.NaN))
}
