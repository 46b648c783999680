import type { Clock } from '../../../src/index.ts'
import { type EndpointName, perEndpoint } from './endpoints.ts'

/** The arrivals kept of each endpoint: the first ones. */
const MAX_ARRIVALS = 1_000_000

/** When the calls of each endpoint arrived. */
export class Arrivals {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #most: number
  readonly #times = perEndpoint((): number[] => [])

  constructor(clock: Pick<Clock, 'elapsed'>, most: number = MAX_ARRIVALS) {
    this.#clock = clock
    this.#most = most
  }

  arrived(endpoint: EndpointName): void {
    const times = this.#times[endpoint]
    if (times.length < this.#most) times.push(this.#clock.elapsed())
  }

  /** In the milliseconds of the clock's `elapsed()`, in order. */
  of(endpoint: EndpointName): readonly number[] {
    return [...this.#times[endpoint]]
  }
}
